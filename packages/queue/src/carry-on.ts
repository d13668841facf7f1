import { Fault } from '@posthorn/runtime';
import type { Run } from './bag-run.ts';
import { type DelayedBag, isolate, rebagDue } from './rebag.ts';
import { postedKey } from './shards.ts';
import { countCrashes } from './telemetry.ts';

/** A bag made of this one must be remembered beyond a crash of this run; shortened when it has finished. */
const rememberMs = 7 * 24 * 60 * 60_000;
const repostTimeoutMs = 5_000;

/** Counts sources as done whose derived bag, of an earlier run, reached its lane (row B7). */
export async function countReached<Item>({ client, settlement, history }: Run<Item>): Promise<void> {
  const final = history.derived.filter(({ isFinal }) => isFinal);
  const reached = await Promise.all(final.map(({ postedKey }) => client.exists(postedKey)));
  const sources = final.filter((_, at) => reached[at] === 1).flatMap((note) => note.sources);
  const isLeft = (index: number) => settlement.open.has(index) || settlement.due.has(index);
  await settlement.handOver([...new Set(sources)].filter(isLeft));
}

/** Posts the bags that bring back what was settled for later. */
export async function repostDue<Item>(run: Run<Item>): Promise<void> {
  const early = [...run.earlyBags.values()];
  const isEarly = new Set(early.flatMap(({ indexes }) => indexes));
  const { bagId, bag, settlement, clock } = run;
  const due = new Map(settlement.due.entries().filter(([index]) => !isEarly.has(index)));
  await repost(run, [...early, ...rebagDue(bagId, bag, due, clock.nowMs())]);
}

/**
 * Posts those that are due by `untilMs` while others of the bag are still handled.
 *
 * What is due at the end of a run always makes the same bags; what is due in its middle does not, so these bags are
 * noted before they are posted, and kept for a repeat in this run.
 */
export async function repostEarly<Item>(run: Run<Item>, untilMs: number): Promise<void> {
  const { bagId, bag, settlement, clock, record, lease, lane, shard, earlyBags } = run;
  const due = new Map(settlement.due.entries().filter(([, { atMs }]) => atMs <= untilMs));
  for (const early of rebagDue(bagId, bag, due, clock.nowMs())) {
    earlyBags.set(early.id, early);
    const note = { bagId: early.id, postedKey: postedKey(lane.name, shard, early.id) };
    await record.noteDerived({ ...note, sources: early.indexes, isFinal: true });
    if (!lease.isFresh()) throw new Fault('unavailable', 'The bag may be lost to another worker.', { bagId });
    await repost(run, [early]);
    earlyBags.delete(early.id);
  }
}

/** Parks an item that ended its process again and again, or takes its bag apart to find it (row B2). */
export async function separate<Item>(run: Run<Item>): Promise<void> {
  const { bag, bagId, lane, settlement, crashLimits, log } = run;
  const { crashes } = run.history;
  if (crashes === 0 || settlement.open.size === 0) return;

  const crashesBefore = bag.e[0]?.c ?? 0;
  const limit = crashesBefore > 0 ? crashLimits.parkAlone : crashLimits.isolate;
  const all = crashes + crashesBefore;
  countCrashes(1, { lane: lane.name });
  log.warn({ lane: lane.name, bagId, crashes: all }, 'bag ended its process before');
  if (crashes < limit) return;

  if (bag.e.length > 1) return repost(run, isolate(bagId, bag, settlement.open, all));
  log.error({ lane: lane.name, bagId, crashes: all }, 'item parked, it ends its process');
  await settlement.settle(0, { kind: 'park', reason: `ended its process ${all} times` });
}

/** Posts what goes on in other bags, then marks it: the other order would lose it. */
async function repost<Item>(run: Run<Item>, bags: readonly DelayedBag[]): Promise<void> {
  const { lane, shard, codec, poster, clock, bag, postedKeys, settlement } = run;
  await Promise.all(
    bags.map(async ({ id, dueAtMs, entries }) => {
      const delayMs = Math.max(0, dueAtMs - clock.nowMs());
      const data = codec.encode(id, bag.t, entries);
      await poster.add({ id, shard, data, delayMs, rememberMs }, repostTimeoutMs);
      postedKeys.push(postedKey(lane.name, shard, id));
    }),
  );
  if (bags.length > 0) run.onPhase('after-repost', run.bagId);
  await settlement.handOver(bags.flatMap(({ indexes }) => indexes));
}
