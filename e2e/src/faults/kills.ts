import { connectRedis } from '@posthorn/queue';
import { silentLogger } from '@posthorn/runtime';
import { eventually } from '../api.ts';
import type { FaultWorld } from './fault-world.ts';
import { pidOf } from './parts.ts';

/** What was killed in a run, and what was undecided then. */
export type KillLog = {
  count: number;
  /** Deliveries whose dot may have been sent and whose reply was not recorded, at each kill of a dispatcher. */
  readonly committing: number[];
  readonly atMs: number[];
  /** Marks that were counted, so that one that outlives two kills counts once. */
  readonly seen: Set<string>;
};

export function newKillLog(): KillLog {
  return { count: 0, committing: [], atMs: [], seen: new Set() };
}

/** Kills a part as `kill -9` does and waits until it was started again. A dispatcher's undecided deliveries are counted. */
export async function killPart(world: FaultWorld, name: string, log: KillLog): Promise<void> {
  const pid = await pidOf(world, name);
  process.kill(pid, 'SIGKILL');
  noteKill(log);
  if (name === 'dispatcher') await countCommitting(world, log);
  await eventually(`${name} to be started again`, async () => (await pidOf(world, name)) !== pid, 60_000);
}

export function noteKill(log: KillLog): void {
  log.count += 1;
  log.atMs.push(Date.now());
}

/** Counts the marks that a dead or stopped process left before the record of a reply, and those of the living, which makes them a bound. */
export async function countCommitting({ system }: FaultWorld, log: KillLog): Promise<void> {
  await using redis = await connectRedis({ url: system.instance.redisUrl, role: 'plain', log: silentLogger });
  let count = 0;
  let cursor = '0';
  do {
    const [next, keys] = await redis.client.scan(cursor, 'MATCH', 'ph:*:mark:*', 'COUNT', 10_000);
    const marks = keys.length === 0 ? [] : await redis.client.mget(keys);
    for (const [at, mark] of marks.entries()) {
      const seen = `${keys[at]} ${mark}`;
      if (!mark?.includes('"committing"') || log.seen.has(seen)) continue;
      log.seen.add(seen);
      count += 1;
    }
    cursor = next;
  } while (cursor !== '0');
  log.committing.push(count);
}
