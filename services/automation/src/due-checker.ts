import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, type HealthCheck, isFault, type Logger } from '@posthorn/runtime';

export type DueCheckerDeps<Item> = Readonly<{
  /** What is checked, for the log and the health page: `domain`. */
  what: string;
  /** Takes one whose check is due, for `leaseMs`; null where none is. */
  takeDue: (nowMs: number, leaseMs: number) => Promise<Item | null>;
  /** Checks one and stores what it saw. What it throws beside `unavailable` is logged, and the others go on. */
  check: (item: Item) => Promise<void>;
  /** Names one in the log; never by what it holds. */
  nameOf: (item: Item) => Readonly<Record<string, string | number>>;
  /** Checked at once. */
  concurrency: number;
  /** Pause between two looks for what is due. */
  lookEveryMs: number;
  clock: Clock;
  log: Logger;
}>;

/** Checks in the background. Disposing it waits for the checks in hand. */
export type DueChecker = AsyncDisposable & Readonly<{ healthCheck: HealthCheck }>;

/** Longest a check may take before another process may begin it: more than all its lookups in a row. */
const leaseMs = 3 * 60_000;
const deafAfterMs = 10 * 60_000;

/**
 * Checks each thing when it is due. Any number of processes may do so at once, none of them a leader: the store gives
 * what is due to one of them, and to another if that one ended before it stored what it saw. A thing checked twice is no
 * harm.
 */
export function createDueChecker<Item>(deps: DueCheckerDeps<Item>): DueChecker {
  const { what, lookEveryMs, clock } = deps;
  const stop = new AbortController();
  let lastRoundMs = clock.monotonicMs();
  const noteProgress = () => {
    lastRoundMs = clock.monotonicMs();
  };
  const round = createRound(deps, { signal: stop.signal, noteProgress });

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      await round().catch((error: unknown) => report(error, deps));
      noteProgress();
      // Not all processes at the same moment.
      const pauseMs = lookEveryMs * (0.75 + Math.random() / 2);
      await sleep(pauseMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    healthCheck: async () =>
      clock.monotonicMs() - lastRoundMs < deafAfterMs
        ? { ok: true }
        : { ok: false, reason: `no ${what} was looked at for ten minutes` },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
    },
  };
}

/** Makes one round: it asks once where nothing is due; where something is, it is worked off side by side. */
function createRound<Item>(
  deps: DueCheckerDeps<Item>,
  { signal, noteProgress }: { signal: AbortSignal; noteProgress: () => void },
): () => Promise<void> {
  const take = () => deps.takeDue(deps.clock.nowMs(), leaseMs);

  async function checkAll(first: Item | null): Promise<void> {
    for (let item = first; item; item = signal.aborted ? null : await take()) {
      await checkOne(item, deps);
      noteProgress();
    }
  }

  return async () => {
    const first = await take();
    if (!first) return;
    const others = Array.from({ length: deps.concurrency - 1 }, async () => checkAll(await take()));
    const lanes = await Promise.allSettled([checkAll(first), ...others]);
    for (const lane of lanes) if (lane.status === 'rejected') report(lane.reason, deps);
  };
}

type Reporting<Item> = Pick<DueCheckerDeps<Item>, 'what' | 'log'>;

/** One on which our own code throws waits for its lease to end; the others go on. */
async function checkOne<Item>(item: Item, { what, check, nameOf, log }: DueCheckerDeps<Item>): Promise<void> {
  try {
    await check(item);
  } catch (error) {
    if (isFault(error, 'unavailable')) throw error;
    log.error({ ...nameOf(item), err: error }, `${what} could not be checked`);
  }
}

function report<Item>(error: unknown, { what, log }: Reporting<Item>): void {
  if (!isFault(error, 'unavailable')) log.error({ err: error, what }, 'looking for what is due failed');
}
