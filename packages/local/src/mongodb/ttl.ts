import type { Clock } from '@posthorn/runtime';
import type { Pacer, Turns } from './server/pacer.ts';
import type { Catalog } from './storage/catalog.ts';
import type { Collection } from './storage/collection.ts';
import { select } from './storage/select.ts';

type Deps = {
  catalog: Catalog;
  clock: Pick<Clock, 'nowMs'>;
  turns: Turns;
  /** Ends the work after its current step. */
  signal?: AbortSignal;
};

/** Documents found before they are deleted together. */
const batchRows = 100;

/** Deletes what TTL indexes say has expired, giving way to others. Resolves to the number of documents deleted. */
export async function sweepExpired({ catalog, clock, turns, signal }: Deps): Promise<number> {
  const pacer = turns.startPacer(0);
  let deleted = 0;
  for (const collection of [...catalog.all()]) {
    for (const { spec } of collection.indexes) {
      const [key] = spec.keys;
      if (spec.expireAfterSeconds === undefined || !key) continue;
      const before = new Date(clock.nowMs() - spec.expireAfterSeconds * 1000);
      for (;;) {
        const count = removeOlder(collection, key.field, before);
        deleted += count;
        if (count < batchRows || signal?.aborted) break;
        await pacer.pause();
      }
    }
  }
  return deleted;
}

/** Empties tables that nobody has any more, giving way to others after each step. */
export async function emptyDropped(catalog: Catalog, pacer: Pacer, signal?: AbortSignal): Promise<void> {
  while (!catalog.dropped.isEmpty && !signal?.aborted) {
    catalog.dropped.step();
    if (pacer.isDue()) await pacer.pause();
  }
}

/** An array of dates expires by its earliest, which is what the filter finds. */
function removeOlder(collection: Collection, field: string, before: Date): number {
  const seqs = new Set<number>();
  for (const row of select(collection, { filter: { [field]: { $lte: before } }, sort: [] }).rows) {
    if (row) seqs.add(row.seq);
    if (seqs.size === batchRows) break;
  }
  for (const seq of seqs) {
    const row = collection.get(seq);
    if (row) collection.remove(row);
  }
  return seqs.size;
}
