import type { Lane } from '@posthorn/contracts';
import { type Clock, Fault, type Logger, type WeightGate } from '@posthorn/runtime';
import type { Bag, BagCodec } from './bag.ts';
import { createBagContext } from './bag-context.ts';
import { deriveBagId } from './bag-id.ts';
import type { BagPoster } from './bag-poster.ts';
import type { BlobStore } from './blob-store.ts';
import { countReached, repostDue, separate } from './carry-on.ts';
import { createEarlyReturns, type EarlyReturns } from './early-returns.ts';
import type { BagHandler } from './handler.ts';
import { createJobRecord, type JobHistory, type JobRecord, noHistory } from './job-record.ts';
import type { Lease } from './lease.ts';
import { parkedText } from './parking.ts';
import type { Phase } from './phase.ts';
import type { Quarantine } from './quarantine.ts';
import type { DelayedBag } from './rebag.ts';
import type { RedisClient } from './redis-link.ts';
import { retryDelayMs } from './retry-delay.ts';
import { Settlement } from './settlement.ts';
import { parkedKey } from './shards.ts';
import { type TakenAt, takeItems } from './take-items.ts';
import { countParked, countRetried, countSettled, countWaited, withBagSpan } from './telemetry.ts';
import { done, retryAfter, type Verdict } from './verdict.ts';

export type BagRunDeps<Item> = Readonly<{
  lane: Lane<Item>;
  shard: number;
  client: RedisClient;
  codec: BagCodec;
  poster: BagPoster;
  blobs: BlobStore | undefined;
  /** Passed by bags that hold items of the blob store, each of weight 1. */
  blobGate: WeightGate;
  quarantine: Quarantine;
  handle: BagHandler<Item>;
  clock: Clock;
  log: Logger;
  crashLimits: CrashLimits;
  onPhase: (phase: Phase, bagId: string) => void;
}>;

export type CrashLimits = Readonly<{
  /** From so many crashes a bag runs while no other does. */
  suspect: number;
  /** From so many crashes a bag is taken apart, and a bag of one is parked. */
  isolate: number;
  /** From so many crashes alone an item of a bag taken apart is parked. */
  parkAlone: number;
}>;

/** One activation of a bag's job. */
export type Activation = Readonly<{
  bagId: string;
  jobKey: string;
  token: string;
  bag: Bag;
  /** Whether a worker had it before: then it has a history. */
  isRerun: boolean;
  lease: Lease;
  /** Aborts when the service stops or the lease is lost. */
  signal: AbortSignal;
}>;

/** One run of a bag, from its activation to its end. */
export type Run<Item> = BagRunDeps<Item> &
  Activation &
  Readonly<{
    record: JobRecord;
    history: JobHistory;
    settlement: Settlement;
    /** The items' own ids, by index, once they are taken. */
    ids: Map<number, string>;
    /** What tells that the bags this run made were posted. */
    postedKeys: string[];
    /** Bags that were to leave before the end and are not known to have been posted, by their id. */
    earlyBags: Map<string, DelayedBag>;
    earlyReturns: EarlyReturns;
  }>;

/** What is left to do once the job is gone from Redis. */
export type AfterFinish = Readonly<{ postedKeys: readonly string[]; blobIds: readonly string[] }>;

export type BagOutcome =
  | { kind: 'finished'; after: AfterFinish }
  /** The service stops: unsettled items go back at once. */
  | { kind: 'stopped' };

/**
 * Runs one bag: settles what an earlier run left half done, hands the rest to the handler, applies its verdicts.
 *
 * Throws what the handler threw; the items settled until then stay settled.
 */
export async function runBag<Item>(deps: BagRunDeps<Item>, activation: Activation): Promise<BagOutcome> {
  const run = await openRun(deps, activation);
  const { bag, settlement, postedKeys } = run;

  await countReached(run);
  await repostDue(run);
  await separate(run);
  if (settlement.open.size > 0 && (await handleOpen(run)) === 'stopped') return { kind: 'stopped' };

  const blobIds = [...settlement.doneNow].flatMap((index) => bag.e[index]?.b ?? []);
  return { kind: 'finished', after: { postedKeys, blobIds } };
}

async function openRun<Item>(deps: BagRunDeps<Item>, activation: Activation): Promise<Run<Item>> {
  const { bag, bagId, isRerun } = activation;
  const { lane, shard, codec, clock } = deps;
  const record = createJobRecord(deps.client, activation);
  const history = isRerun ? await record.read() : noHistory;
  const ids = new Map<number, string>();
  const count = { done: countSettled, retry: countRetried, wait: countWaited, park: countParked };

  const settlement = new Settlement(bag, {
    record,
    history,
    nowMs: clock.nowMs,
    parkItem: async (index, reason) => {
      const text = parkedText(codec, { bagId, bag, index }, { reason, atMs: clock.nowMs() });
      const id = ids.get(index) ?? itemId(lane, bag, index) ?? deriveBagId(bagId, index);
      await record.park(index, { key: parkedKey(lane.name, shard), id, text });
    },
    onSettled: (kind, items) => count[kind](items, { lane: lane.name }),
    onDue: () => earlyReturns.note(),
  });
  const postedKeys = history.derived.map(({ postedKey }) => postedKey);
  const earlyReturns = createEarlyReturns(() => run);
  const made = { record, history, settlement, ids, postedKeys, earlyReturns };
  const run: Run<Item> = { ...deps, ...activation, ...made, earlyBags: new Map() };
  return run;
}

/** For items that are parked before they were taken. */
function itemId<Item>(lane: Lane<Item>, bag: Bag, index: number): string | undefined {
  const parsed = lane.item.safeParse(bag.e[index]?.i);
  return parsed.success ? lane.idOf(parsed.data) : undefined;
}

async function handleOpen<Item>(run: Run<Item>): Promise<'handled' | 'stopped'> {
  const { quarantine, record, history, isRerun, crashLimits, bag } = run;
  // An item of a bag taken apart is a suspect from its first run on: the guilty one may be beside it.
  const isSuspect = history.crashes >= crashLimits.suspect || bag.e[0]?.c !== undefined;
  const leave = await quarantine.enter(isSuspect);
  try {
    // On the first run the count travels beside the handler's work; later its loss could hide a crash at once.
    const counted = record.countStart();
    if (isRerun) await counted;
    else counted.catch(() => {});

    const outcome = await handleInTurn(run).finally(leave).finally(run.earlyReturns.close);
    await repostDue(run);
    if (outcome === 'stopped') await record.uncountStart();
    return outcome;
  } catch (error) {
    await record.uncountStart().catch(() => {});
    // What it settled for later is on disk, so where this fails the next run does it.
    await repostDue(run).catch(() => {});
    throw error;
  } finally {
    leave();
  }
}

/** A bag of large items may have waited until the service stops: then it is left to others. */
async function handleInTurn<Item>(run: Run<Item>): Promise<'handled' | 'stopped'> {
  const { bag, blobGate, signal, lease, settlement } = run;
  const hasBlobs = settlement.open.values().some((index) => bag.e[index]?.b !== undefined);
  if (!hasBlobs) return handle(run);
  return blobGate(1, async () => (signal.aborted && !lease.isLost() ? 'stopped' : handle(run)));
}

async function handle<Item>(run: Run<Item>): Promise<'handled' | 'stopped'> {
  const { lane, bagId, lease, signal, settlement, onPhase } = run;
  const items = await takeItems(run);
  const traceParents = items.map(({ item }) => lane.traceOf(item));
  const context = createBagContext(run, items);

  onPhase('handler-started', bagId);
  const span = { lane: lane.name, bagId, traceParents };
  const returned = await withBagSpan(`handle ${lane.name}`, 'CONSUMER', span, async () =>
    run.handle(items, context),
  );
  if (lease.isLost()) throw new Fault('unavailable', 'The bag was lost to another worker.', { bagId });

  await settlement.settleRest(verdictsOf(run, items, returned ?? undefined, signal.aborted));
  return settlement.open.size > 0 ? 'stopped' : 'handled';
}

/** The verdicts for what the handler did not settle itself; while the service stops, none for what it left. */
function verdictsOf<Item>(
  { settlement }: Run<Item>,
  items: readonly TakenAt<Item>[],
  returned: ReadonlyMap<string, Verdict> | string | undefined,
  isStopping: boolean,
): Map<number, Verdict> {
  const verdicts = new Map<number, Verdict>();
  for (const { index, id, attempt } of items) {
    if (!settlement.open.has(index)) continue;
    const given = typeof returned === 'object' ? returned.get(id) : undefined;
    const verdict = typeof returned === 'string' ? done : given;
    if (verdict) verdicts.set(index, verdict);
    else if (!isStopping) verdicts.set(index, retryAfter(retryDelayMs(attempt), 'no verdict'));
  }
  return verdicts;
}
