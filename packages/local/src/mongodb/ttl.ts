import type { Clock } from '@posthorn/runtime';
import type { Pacer, Turns } from './server/pacer.ts';
import type { Catalog } from './storage/catalog.ts';
import type { Collection } from './storage/collection.ts';
import { select } from './storage/select.ts';

type Deps = { catalog: Catalog; clock: Pick<Clock, 'nowMs'>; turns: Turns };

/** Deletes what TTL indexes say has expired, giving way to others. Resolves to the number of documents deleted. */
export async function sweepExpired({ catalog, clock, turns }: Deps): Promise<number> {
  const pacer = turns.startPacer(0);
  let deleted = 0;
  for (const collection of [...catalog.all()]) {
    for (const { spec } of [...collection.indexes]) {
      const [key] = spec.keys;
      if (spec.expireAfterSeconds === undefined || !key) continue;
      const beforeMs = clock.nowMs() - spec.expireAfterSeconds * 1000;
      deleted += await removeOlder(collection, key.field, { before: new Date(beforeMs), pacer });
    }
  }
  return deleted;
}

/** An array of dates expires by its earliest, which is what the filter finds. */
async function removeOlder(
  collection: Collection,
  field: string,
  { before, pacer }: { before: Date; pacer: Pacer },
): Promise<number> {
  const { slots } = select(collection, { filter: { [field]: { $lte: before } }, sort: [] });
  let deleted = 0;
  for (const slot of slots) {
    if (slot) {
      collection.remove(slot);
      deleted++;
    } else if (pacer.isDue()) {
      await pacer.pause();
    }
  }
  return deleted;
}
