import { connectRedis } from '@posthorn/queue';
import { silentLogger } from '@posthorn/runtime';
import { eventually } from '../api.ts';
import type { FaultWorld } from './fault-world.ts';

/** What was killed in a run, and what was undecided then. */
export type KillLog = {
  count: number;
  /** Attempts whose dot may have been sent and whose reply was not recorded when a dispatcher was killed. */
  readonly committing: Set<string>;
  readonly atMs: number[];
};

export function newKillLog(): KillLog {
  return { count: 0, committing: new Set(), atMs: [] };
}

/** Kills a part as `kill -9` does and waits until it was started again. A dispatcher's undecided deliveries are counted. */
export async function killPart({ system }: FaultWorld, name: string, log: KillLog): Promise<void> {
  const pid = (await system.reread()).pids[name];
  if (pid === undefined) throw new Error(`There is no part named ${name}`);
  process.kill(pid, 'SIGKILL');
  log.count += 1;
  log.atMs.push(Date.now());
  if (name.startsWith('dispatcher'))
    for (const attempt of await committingNow(system.instance.redisUrl)) log.committing.add(attempt);
  await eventually(
    `${name} to be started again`,
    async () => (await system.reread()).pids[name] !== pid,
    60_000,
  );
}

/** Marks that a dead process left before the record of a reply, and those of the living, which makes them a bound. */
async function committingNow(redisUrl: string): Promise<string[]> {
  await using redis = await connectRedis({ url: redisUrl, role: 'plain', log: silentLogger });
  const attempts: string[] = [];
  let cursor = '0';
  do {
    const [next, keys] = await redis.client.scan(cursor, 'MATCH', 'ph:*:mark:*', 'COUNT', 10_000);
    const marks = keys.length === 0 ? [] : await redis.client.mget(keys);
    for (const [at, mark] of marks.entries())
      if (mark?.includes('"committing"')) attempts.push(`${keys[at]} ${mark}`);
    cursor = next;
  } while (cursor !== '0');
  return attempts;
}
