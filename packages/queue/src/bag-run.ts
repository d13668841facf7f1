import type { Lane } from '@posthorn/contracts';
import { type Clock, Fault, type Logger } from '@posthorn/runtime';
import type { Bag, BagCodec } from './bag.ts';
import { deriveBagId } from './bag-id.ts';
import type { BagPoster } from './bag-poster.ts';
import type { BlobStore } from './blob-store.ts';
import type { BagContext, BagHandler, Taken } from './handler.ts';
import { createJobRecord, type JobHistory, type JobRecord } from './job-record.ts';
import type { Lease } from './lease.ts';
import { parkedText } from './parking.ts';
import type { Phase } from './phase.ts';
import type { DerivedBag, Postbox } from './postbox.ts';
import type { Quarantine } from './quarantine.ts';
import { type DelayedBag, isolate, rebagDue } from './rebag.ts';
import type { RedisClient } from './redis-link.ts';
import { retryDelayMs } from './retry-delay.ts';
import { createSettlement, type Settlement } from './settlement.ts';
import { parkedKey, postedKey } from './shards.ts';
import { takeItems } from './take-items.ts';
import { countCrashes, countParked, countRetried, countSettled, withBagSpan } from './telemetry.ts';
import { retryAfter, type Verdict } from './verdict.ts';

export type BagRunDeps<Item> = Readonly<{
  lane: Lane<Item>;
  shard: number;
  client: RedisClient;
  codec: BagCodec;
  poster: BagPoster;
  blobs: BlobStore | undefined;
  quarantine: Quarantine;
  handle: BagHandler<Item>;
  clock: Clock;
  log: Logger;
  /** Aborts when the service stops. */
  stopping: AbortSignal;
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
  lost: AbortSignal;
}>;

/** What is left to do once the job is gone from Redis. */
export type AfterFinish = Readonly<{ postedKeys: readonly string[]; blobIds: readonly string[] }>;

export type BagOutcome =
  | { kind: 'finished'; after: AfterFinish }
  /** The service stops: unsettled items go back at once. */
  | { kind: 'stopped' };

/** A delayed bag must outlive the crash of this run; shortened when it has finished. */
const rememberMs = 7 * 24 * 60 * 60_000;
const repostTimeoutMs = 5_000;

/**
 * Runs one bag: settles what an earlier run left half done, hands the rest to the handler, applies its verdicts.
 *
 * Throws what the handler threw; the items settled until then stay settled.
 */
export async function runBag<Item>(deps: BagRunDeps<Item>, active: Activation): Promise<BagOutcome> {
  const { bagId, bag, isRerun } = active;
  const record = createJobRecord(deps.client, active);
  const history = isRerun ? await record.read() : { crashes: 0, marks: new Map(), derived: [] };
  const postedKeys = history.derived.map((derived) => derived.postedKey);
  const settlement = openSettlement(deps, active, record, history);
  const run: Run<Item> = { ...deps, ...active, record, settlement, postedKeys };

  await countDerived(run, history);
  await repost(run, rebagDue(bagId, bag, settlement.due, deps.clock.nowMs()));
  if (history.crashes > 0) await separate(run, history.crashes);
  if (settlement.open.size > 0) {
    const outcome = await handleOpen(run, history.crashes);
    if (outcome === 'stopped') return { kind: 'stopped' };
  }
  return { kind: 'finished', after: { postedKeys, blobIds: blobsOf(bag, settlement.doneNow) } };
}

type Run<Item> = BagRunDeps<Item> &
  Activation & { record: JobRecord; settlement: Settlement; postedKeys: string[] };

function openSettlement<Item>(
  { lane, shard, codec, clock }: BagRunDeps<Item>,
  { bagId, bag }: Activation,
  record: JobRecord,
  history: JobHistory,
): Settlement {
  const attributes = { lane: lane.name };
  const count = { done: countSettled, retry: countRetried, park: countParked };
  return createSettlement(bag, {
    record,
    history,
    nowMs: clock.nowMs,
    parkItem: async (index, reason) => {
      const text = parkedText(codec, { bagId, bag, index }, { reason, atMs: clock.nowMs() });
      const id = itemId(lane, bag, index) ?? deriveBagId(bagId, index);
      await record.park(index, { key: parkedKey(lane.name, shard), id, text });
    },
    onSettled: (kind, items) => count[kind](items, attributes),
  });
}

function itemId<Item>(lane: Lane<Item>, bag: Bag, index: number): string | undefined {
  const parsed = lane.item.safeParse(bag.e[index]?.i);
  return parsed.success ? lane.idOf(parsed.data) : undefined;
}

/** A bag that an earlier run derived and that reached its lane has done the work of its sources (row B7). */
async function countDerived<Item>({ client, settlement }: Run<Item>, { derived }: JobHistory): Promise<void> {
  const final = derived.filter(({ isFinal }) => isFinal);
  const reached = await Promise.all(final.map(({ postedKey }) => client.exists(postedKey)));
  const sources = final.filter((_, at) => reached[at] === 1).flatMap((note) => note.sources);
  await settlement.handOver(sources.filter((index) => settlement.open.has(index)));
}

/** Posts what goes on in other bags, then marks it: the other order would lose it. */
async function repost<Item>(run: Run<Item>, bags: readonly DelayedBag[]): Promise<void> {
  const { lane, shard, codec, poster, clock } = run;
  await Promise.all(
    bags.map(async ({ id, dueAtMs, entries }) => {
      const delayMs = Math.max(0, dueAtMs - clock.nowMs());
      const data = codec.encode(id, run.bag.t, entries);
      await poster.add({ id, shard, data, delayMs, rememberMs }, repostTimeoutMs);
      run.postedKeys.push(postedKey(lane.name, shard, id));
    }),
  );
  await run.settlement.handOver(bags.flatMap(({ indexes }) => indexes));
}

/** Parks an item that ended its process again and again, or takes its bag apart to find it (row B2). */
async function separate<Item>(run: Run<Item>, crashes: number): Promise<void> {
  const { bag, bagId, lane, settlement, crashLimits, log } = run;
  const before = bag.e[0]?.c ?? 0;
  const limit = before > 0 ? crashLimits.parkAlone : crashLimits.isolate;
  countCrashes(1, { lane: lane.name });
  log.warn({ lane: lane.name, bagId, crashes: crashes + before }, 'bag ended its process before');
  if (crashes < limit || settlement.open.size === 0) return;

  if (bag.e.length > 1) return repost(run, isolate(bagId, bag, settlement.open, crashes));
  log.error({ lane: lane.name, bagId, crashes: crashes + before }, 'item parked, it ends its process');
  await settlement.settle(0, { kind: 'park', reason: `ended its process ${crashes + before} times` });
}

async function handleOpen<Item>(run: Run<Item>, crashes: number): Promise<'handled' | 'stopped'> {
  const { quarantine, record, isRerun, crashLimits, settlement, bag, bagId, clock } = run;
  // An item of a bag taken apart is one from its first run on: the guilty one may be beside it.
  const isSuspect = crashes >= crashLimits.suspect || bag.e[0]?.c !== undefined;
  const leave = await quarantine.enter(isSuspect);
  let outcome: 'handled' | 'stopped' | undefined;
  try {
    // On the first run the count travels beside the handler's work; later its loss could hide a crash at once.
    const counted = record.countStart();
    if (isRerun) await counted;
    else counted.catch(() => {});
    outcome = await handle(run, crashes);
    return outcome;
  } finally {
    leave();
    // Any end but a crash; a job that is handled takes its count with it.
    if (outcome !== 'handled') await record.uncountStart().catch(() => {});
    await repost(run, rebagDue(bagId, bag, settlement.due, clock.nowMs()));
  }
}

async function handle<Item>(run: Run<Item>, crashes: number): Promise<'handled' | 'stopped'> {
  const { lane, bagId, stopping, lost, settlement, onPhase } = run;
  const items = await takeItems(run, crashes);
  const signal = AbortSignal.any([stopping, lost]);
  const traceParents = items.map(({ item }) => lane.traceOf(item));

  onPhase('handler-started', bagId);
  const returned = await withBagSpan(
    `handle ${lane.name}`,
    'CONSUMER',
    { lane: lane.name, bagId, traceParents },
    async () => run.handle(items, createContext(run, items, signal)),
  );
  if (lost.aborted) throw new Fault('unavailable', 'The bag was lost to another worker.', { bagId });

  const verdicts = new Map<number, Verdict>();
  for (const { index, id, attempt } of items) {
    if (!settlement.open.has(index)) continue;
    const verdict =
      returned === 'allDone'
        ? ({ kind: 'done' } as const)
        : typeof returned === 'object'
          ? returned.get(id)
          : undefined;
    if (!verdict && stopping.aborted) continue;
    verdicts.set(index, verdict ?? retryAfter(retryDelayMs(attempt), 'no verdict'));
  }
  await settlement.settleRest(verdicts);
  return settlement.open.size > 0 ? 'stopped' : 'handled';
}

function createContext<Item>(
  run: Run<Item>,
  items: readonly (Taken<Item> & { index: number })[],
  signal: AbortSignal,
): BagContext {
  const { bagId, lease, record, settlement, postedKeys, onPhase } = run;
  const indexes = new Map(items.map(({ id, index }) => [id, index]));
  const derivedIds = new Set<string>();

  function indexOf(id: string): number {
    const index = indexes.get(id);
    if (index === undefined) throw new TypeError(`Item ${id} is not in bag ${bagId}.`);
    return index;
  }

  /** Two bags from the same sources to the same lane are told apart by their order. */
  function nextDerived<Next>(
    derive: NonNullable<Postbox<Next>['derived']>,
    from: number[],
  ): DerivedBag<Next> {
    let nth = 1;
    let derived = derive(bagId, nth, ...from);
    while (derivedIds.has(derived.bagId)) derived = derive(bagId, ++nth, ...from);
    derivedIds.add(derived.bagId);
    return derived;
  }

  return {
    bagId,
    signal,
    isLeaseFresh: lease.isFresh,
    settle: async (id, verdict) => {
      await settlement.settle(indexOf(id), verdict);
      onPhase('after-settle', bagId);
    },
    postNext: async (postbox, nextItems, sources, { isFinal = true } = {}) => {
      if (!postbox.derived) throw new TypeError('This postbox takes no derived bags.');
      if (nextItems.length === 0) return;
      const from = sources.map(indexOf).toSorted((a, b) => a - b);
      const derived = nextDerived(postbox.derived, from);
      await record.noteDerived({ ...derived, sources: from, isFinal });
      if (!lease.isFresh())
        throw new Fault('unavailable', 'The bag may be lost to another worker.', { bagId });
      await derived.post(nextItems);
      postedKeys.push(derived.postedKey);
      onPhase('after-post-next', bagId);
    },
  };
}

function blobsOf(bag: Bag, indexes: ReadonlySet<number>): string[] {
  return [...indexes].flatMap((index) => bag.e[index]?.b ?? []);
}
