import type { Entry } from './bag.ts';
import type { Run } from './bag-run.ts';
import type { BlobStore } from './blob-store.ts';
import type { Taken } from './handler.ts';
import { retryDelayMs } from './retry-delay.ts';
import { done, park, retryAfter, type Verdict } from './verdict.ts';

/** An item and where in its bag it is. */
export type TakenAt<Item> = Taken<Item> & { index: number };

/**
 * The open items of a bag, as the handler gets them.
 *
 * An item whose blob cannot be read now is sent round alone, one that does not fit the lane is parked, and a second
 * one with the same id is dropped, since ids are unique: none holds up its bag.
 */
export async function takeItems<Item>(run: Run<Item>): Promise<TakenAt<Item>[]> {
  const { settlement, ids } = run;
  const indexes = [...settlement.open];
  const results = await Promise.all(indexes.map((index) => takeItem(run, index)));
  const seen = new Set<string>();
  const taken: TakenAt<Item>[] = [];
  const verdicts = new Map<number, Verdict>();
  for (const [at, index] of indexes.entries()) {
    const result = results[at];
    if (result?.kind !== 'taken') verdicts.set(index, result?.verdict ?? done);
    else if (seen.has(result.item.id)) verdicts.set(index, done);
    else taken.push(result.item);
    if (result?.kind !== 'taken') continue;
    seen.add(result.item.id);
    ids.set(index, result.item.id);
  }
  await Promise.all([...verdicts].map(([index, verdict]) => settlement.settle(index, verdict)));
  return taken;
}

type Result<Item> = { kind: 'taken'; item: TakenAt<Item> } | { kind: 'refused'; verdict: Verdict };

async function takeItem<Item>(
  { lane, bagId, bag, blobs, history, log }: Run<Item>,
  index: number,
): Promise<Result<Item>> {
  const entry = bag.e[index] ?? {};
  const attempt = entry.a ?? 1;
  const raw = await readItem(entry, blobs).catch(() => missing);
  if (raw === missing) {
    return { kind: 'refused', verdict: retryAfter(retryDelayMs(attempt), 'blob unavailable') };
  }
  const parsed = lane.item.safeParse(raw);
  if (!parsed.success) {
    log.error({ lane: lane.name, bagId, index }, 'item parked, it does not fit its lane');
    return { kind: 'refused', verdict: park('does not fit its lane') };
  }
  const item = {
    index,
    id: lane.idOf(parsed.data),
    item: parsed.data,
    attempt,
    originBagId: entry.o ?? bagId,
    firstPostedAtMs: entry.t ?? bag.t,
    crashes: history.crashes + (entry.c ?? 0),
  };
  return { kind: 'taken', item };
}

const missing = Symbol('missing');

async function readItem(entry: Entry, blobs: BlobStore | undefined): Promise<unknown> {
  if (entry.b === undefined) return entry.i;
  if (!blobs) throw new Error('no blob store');
  const bytes = await blobs.get(entry.b);
  return JSON.parse(bytes.toString());
}
