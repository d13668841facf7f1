import type { Clock } from './server/cursors.ts';
import { startPacer } from './server/pacer.ts';
import type { Catalog } from './storage/catalog.ts';
import type { Collection } from './storage/collection.ts';
import { select } from './storage/select.ts';

/** Deletes what TTL indexes say has expired, giving way to others. Resolves to the number of documents deleted. */
export async function sweepExpired(catalog: Catalog, clock: Clock): Promise<number> {
  let deleted = 0;
  for (const collection of [...catalog.all()]) {
    for (const { spec } of [...collection.indexes]) {
      const [key] = spec.keys;
      if (spec.expireAfterSeconds === undefined || !key) continue;
      const beforeMs = clock.nowMs() - spec.expireAfterSeconds * 1000;
      deleted += await removeOlder(collection, key.field, new Date(beforeMs));
    }
  }
  return deleted;
}

/** An array of dates expires by its earliest, which is what the filter finds. */
async function removeOlder(collection: Collection, field: string, before: Date): Promise<number> {
  const pacer = startPacer(0);
  const { slots } = select(collection, { filter: { [field]: { $lte: before } }, sort: [] });
  let deleted = 0;
  for (const slot of slots) {
    if (pacer.isDue()) await pacer.pause();
    if (!slot) continue;
    collection.remove(slot);
    deleted++;
  }
  return deleted;
}
