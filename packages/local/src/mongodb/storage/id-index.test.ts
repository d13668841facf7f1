import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@posthorn/runtime';
import { Database } from '../engine/database.ts';
import { Catalog } from './catalog.ts';
import type { Collection } from './collection.ts';
import { select } from './select.ts';

test('ids are found by range and in order, through every change', () => {
  using database = new Database({ path: null, log: silentLogger });
  const collection = new Catalog(database).create('shop', 'orders');
  for (const _id of [5, 1, 4, 2]) collection.insert({ _id });
  removeById(collection, 4);

  assert.deepEqual(idsFrom(collection, 2), [2, 5]);

  collection.insert({ _id: 3 });
  removeById(collection, 2);
  collection.insert({ _id: 6 });
  assert.deepEqual(idsFrom(collection, 2), [3, 5, 6]);
  assert.throws(() => collection.insert({ _id: 6 }), /E11000/);
});

function idsFrom(collection: Collection, least: number): unknown[] {
  const sort = [{ field: '_id', path: ['_id'], direction: 1 as const }];
  const { plan, rows } = select(collection, { filter: { _id: { $gte: least } }, sort });
  assert.equal(plan.kind, 'ixscan');
  return [...rows].flatMap((row) => (row ? [row.doc['_id']] : []));
}

function removeById(collection: Collection, id: number): void {
  const row = collection.findById(id);
  if (row) collection.remove(row);
}
