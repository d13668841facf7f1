import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noChangeLog } from './change-log.ts';
import { Collection } from './collection.ts';
import { select } from './select.ts';

test('ids are found by range and in order from the first question on, through every later change', () => {
  const collection = new Collection(1, { db: 'shop', name: 'orders' }, noChangeLog);
  for (const _id of [5, 1, 4, 2]) collection.insert({ _id });
  removeById(collection, 4);
  assert.equal(collection.index('_id_')?.isBuilt, false);

  assert.deepEqual(idsFrom(collection, 2), [2, 5]);

  collection.insert({ _id: 3 });
  removeById(collection, 2);
  collection.insert({ _id: 6 });
  assert.deepEqual(idsFrom(collection, 2), [3, 5, 6]);
  assert.throws(() => collection.insert({ _id: 6 }), /E11000/);
});

function idsFrom(collection: Collection, least: number): unknown[] {
  const sort = [{ field: '_id', path: ['_id'], direction: 1 as const }];
  const { plan, slots } = select(collection, { filter: { _id: { $gte: least } }, sort });
  assert.equal(plan.kind, 'ixscan');
  return [...slots].flatMap((slot) => (slot ? [slot.doc['_id']] : []));
}

function removeById(collection: Collection, id: number): void {
  const slot = collection.bySlotId(id);
  if (slot) collection.remove(slot);
}
