import type { Postbox } from './postbox.ts';
import type { allDone, Verdict } from './verdict.ts';

/** One item as its handler sees it. */
export type Taken<Item> = Readonly<{
  id: string;
  item: Item;
  /** 1 on the first try, one more for each retry verdict. A wait, and a run repeated after a crash, keep the number. */
  attempt: number;
  /** The bag in which it was first posted; stays the same through retries. */
  originBagId: string;
  /** Unix time in milliseconds. */
  firstPostedAtMs: number;
  /** How many processes ended while they handled the bag that holds it. */
  crashes: number;
}>;

/** What a handler may do with the bag it was given. */
export type BagContext = Readonly<{
  bagId: string;
  /** Aborts when the service stops, or when the bag was lost to another worker (row B3). */
  signal: AbortSignal;
  /**
   * Settles one item now; when it resolves, the verdict is on disk, and no later run sees the item again.
   *
   * A second verdict for an item is ignored. Rejects with an `unavailable` Fault when the bag was lost.
   */
  settle: (id: string, verdict: Verdict) => Promise<void>;
  /** Whether this worker surely still owns the bag: less than half the lock's time since it was last renewed (row B3). */
  isLeaseFresh: () => boolean;
  /**
   * Posts items of the next stage, made from `sources` (ids of items of this bag), as one bag of its own.
   *
   * Its id derives from this bag and the sources, so a run repeated after a crash cannot double it (row B7): a
   * source whose bag reached its lane counts as done and is not handed out again. So call it *last* for a source,
   * after everything else that must happen for it, or with `isFinal: false`, which only prevents the doubling.
   *
   * Rejects with an `unavailable` Fault; the handler should let that through, and the bag is run again.
   */
  postNext: <Next>(
    postbox: Postbox<Next>,
    items: readonly Next[],
    sources: readonly string[],
    options?: { isFinal?: boolean },
  ) => Promise<void>;
}>;

/**
 * Handles the items of one bag that are not settled yet.
 *
 * Items it did not settle get the verdict it returns for them by id; those it returned none for are tried again
 * with backoff, unless it returned `allDone`. What it throws sends the unsettled items round again, with backoff
 * and without end: so throw only what passes, and park the rest.
 */
export type BagHandler<Item> = (
  items: readonly Taken<Item>[],
  ctx: BagContext,
) => Promise<ReadonlyMap<string, Verdict> | typeof allDone | undefined> | Promise<void>;
