import type { Run } from './bag-run.ts';
import { repostEarly } from './carry-on.ts';

/** Sends items on their way back while others of their bag are still handled. */
export type EarlyReturns = Readonly<{
  /** Tells that one more item is to come back. */
  note: () => void;
  /** Resolves when nothing is under way and nothing more will be. */
  close: () => Promise<void>;
}>;

/** Items that come due shortly after one another leave in one bag. */
const gatherMs = 100;
/** An item leaves this long before it is due, and with it those that are due this much later. */
const aheadMs = 1_000;

/**
 * Makes the early returns of one run. Without them an item that only waits a second for its turn would wait for the
 * slowest conversation of its bag. What fails here is done again at the end of the run.
 */
export function createEarlyReturns<Item>(run: () => Run<Item>): EarlyReturns {
  let timer: NodeJS.Timeout | undefined;
  let under: Promise<void> | undefined;
  let isClosed = false;

  function plan(): void {
    if (isClosed || under) return;
    const { settlement, clock } = run();
    const firstAtMs = settlement.due.values().reduce((min, { atMs }) => Math.min(min, atMs), Infinity);
    if (firstAtMs === Infinity) return;
    clearTimeout(timer);
    timer = setTimeout(send, Math.max(gatherMs, firstAtMs - clock.nowMs() - aheadMs));
  }

  function send(): void {
    const { clock, log, bagId } = run();
    under = repostEarly(run(), clock.nowMs() + 2 * aheadMs).then(
      () => {
        under = undefined;
        plan();
      },
      (err: unknown) => {
        isClosed = true;
        log.debug({ err, bagId }, 'items come back at the end of their bag');
      },
    );
  }

  return {
    note: plan,
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await under;
    },
  };
}
