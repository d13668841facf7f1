import { connectRedis, mastersOf } from '@posthorn/queue';
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
  const marks = await Promise.all(mastersOf(redis.client).map(marksOf));
  let count = 0;
  for (const [key, mark] of marks.flat()) {
    const seen = `${key} ${mark}`;
    if (!mark?.includes('"committing"') || log.seen.has(seen)) continue;
    log.seen.add(seen);
    count += 1;
  }
  log.committing.push(count);
}

type Master = ReturnType<typeof mastersOf>[number];

/** Keys and values of the marks on one server. */
async function marksOf(master: Master): Promise<[string, string | null][]> {
  const marks: [string, string | null][] = [];
  let cursor = '0';
  do {
    const [next, keys] = await master.scan(cursor, 'MATCH', 'ph:*:mark:*', 'COUNT', 10_000);
    // One by one: keys of different slots cannot be read by one command of a cluster's node.
    for (const [at, mark] of (await Promise.all(keys.map((key) => master.get(key)))).entries())
      marks.push([keys[at] ?? '', mark]);
    cursor = next;
  } while (cursor !== '0');
  return marks;
}
