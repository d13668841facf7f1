import { type Bag, bagBytesMax, bagItemsMax, type Entry } from './bag.ts';
import { deriveBagId } from './bag-id.ts';
import type { Due } from './job-record.ts';

/** A bag to be made of items of another. */
export type DelayedBag = Readonly<{ id: string; dueAtMs: number; indexes: number[]; entries: string[] }>;

/** Items due within this share of the first one's wait travel together; the bag leaves when the last of them is due. */
const together = { share: 0.1, msMin: 1_000 };
/** What waits for its turn is late for it behind others, so it leaves with its nearest only. */
const waitTogether = { share: 0.05, msMin: 100 };

/**
 * Groups the items of `bag` that are due again into delayed bags.
 *
 * The same due times give the same bags with the same ids, so posting them again after a crash changes nothing.
 */
export function rebagDue(
  bagId: string,
  bag: Bag,
  due: ReadonlyMap<number, Due>,
  nowMs: number,
): DelayedBag[] {
  const bags: DelayedBag[] = [];
  let group: { index: number; dueAtMs: number; untilMs: number; entry: string }[] = [];
  let sizeBytes = 0;

  function close(): void {
    const last = group.at(-1);
    if (!last) return;
    const indexes = group.map(({ index }) => index);
    const id = deriveBagId(bagId, 'retry', ...indexes);
    bags.push({ id, dueAtMs: last.dueAtMs, indexes, entries: group.map(({ entry }) => entry) });
    group = [];
    sizeBytes = 0;
  }

  for (const [index, item] of [...due].toSorted((a, b) => a[1].atMs - b[1].atMs || a[0] - b[0])) {
    const { atMs: dueAtMs, waitMs } = item;
    const entry = carriedEntry(bagId, bag, index, { isRetry: waitMs === undefined });
    const isFull = group.length >= bagItemsMax || sizeBytes + entry.length > bagBytesMax;
    // Nobody in the group is to leave later than suits him.
    if (isFull || group.some(({ untilMs }) => dueAtMs > untilMs)) close();
    group.push({ index, dueAtMs, untilMs: dueAtMs + togetherMs(item, bag), entry });
    sizeBytes += entry.length;
  }
  close();
  return bags.map((made) => ({ ...made, dueAtMs: Math.max(made.dueAtMs, nowMs) }));
}

/** Makes a bag of one for each item, so that the one that ends its process is alone (row B2). */
export function isolate(bagId: string, bag: Bag, indexes: Iterable<number>, crashes: number): DelayedBag[] {
  return [...indexes].map((index) => ({
    id: deriveBagId(bagId, 'alone', index),
    dueAtMs: 0,
    indexes: [index],
    entries: [carriedEntry(bagId, bag, index, { crashes })],
  }));
}

/** The JSON of an entry as it travels on in another bag: it keeps its origin and its first time. */
export function carriedEntry(
  bagId: string,
  bag: Bag,
  index: number,
  { isRetry = false, crashes = 0 }: { isRetry?: boolean; crashes?: number },
): string {
  const entry: Entry = bag.e[index] ?? { i: null };
  return JSON.stringify({
    ...(entry.b === undefined ? { i: entry.i } : { b: entry.b }),
    a: (entry.a ?? 1) + (isRetry ? 1 : 0),
    o: entry.o ?? bagId,
    t: entry.t ?? bag.t,
    ...(crashes > 0 && { c: crashes }),
  });
}

/** Counted from what the mark says, or from when the bag was posted, not from now, so that a repeat groups alike. */
function togetherMs({ atMs, waitMs }: Due, bag: Bag): number {
  const { share, msMin } = waitMs === undefined ? together : waitTogether;
  return Math.max(msMin, share * (waitMs ?? atMs - bag.t));
}
