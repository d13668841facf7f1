import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@posthorn/runtime';
import { countMatches } from '../commands/count.ts';
import { Database } from '../engine/database.ts';
import { parseSort, type SortKey } from '../query/sort.ts';
import type { Doc } from '../values/doc.ts';
import { Catalog } from './catalog.ts';
import type { Collection } from './collection.ts';
import { parseIndexSpec } from './index-spec.ts';
import { choosePlan, type Plan } from './plan.ts';
import { select } from './select.ts';

test('equality and range go through the index that covers most of them, and only its documents are read', () => {
  const rows = setUp([{ a: 1, b: 1, c: 1 }, { a: 1, c: -1 }, { b: 1 }]);

  assertIndex(rows, { filter: { a: 1 }, name: ['a_1_b_1_c_1', 'a_1_c_-1'], docsExamined: 100 });
  assertIndex(rows, { filter: { a: 1, c: { $gte: 5, $lt: 8 } }, name: ['a_1_c_-1'], docsExamined: 3 });
  assertIndex(rows, { filter: { a: 1, b: 2, c: { $gt: 90 } }, name: ['a_1_b_1_c_1'], docsExamined: 1 });
  assertIndex(rows, { filter: { b: 3 }, name: ['b_1'], docsExamined: 100 });
  assertIndex(rows, { filter: { a: { $in: [1, 2] }, c: 4 }, name: ['a_1_c_-1'], docsExamined: 2 });
  assertIndex(rows, { filter: { $and: [{ a: 1 }, { c: 7 }] }, name: ['a_1_c_-1'], docsExamined: 1 });
});

test('an index gives the order where its keys before it are held equal, forwards and backwards', () => {
  const rows = setUp([{ a: 1, c: -1 }]);

  for (const sort of [{ c: -1 }, { c: 1 }, { a: 1, c: -1 }, { a: -1, c: 1 }]) {
    const { plan, docsExamined, docs } = run(rows, { a: 1 }, sort, 3);
    assert.ok(plan.kind === 'ixscan' && plan.isSorted, JSON.stringify(sort));
    assert.equal(docsExamined, 3);
    assert.deepEqual(
      docs.map(({ c }) => c),
      'c' in sort && sort.c === 1 ? [0, 1, 2] : [99, 98, 97],
    );
  }
  assert.equal(run(rows, { a: { $in: [1, 2] } }, { c: 1 }, 3).plan.isSorted, false);
  assert.equal(run(rows, {}, { a: 1, c: -1 }, 3).plan.kind, 'ixscan');
  assert.equal(run(rows, {}, { a: 1, c: 1 }, 3).plan.kind, 'collscan');
});

test('_id is found without reading anything else, and its ranges go through the _id index', () => {
  const rows = setUp([]);

  assert.deepEqual([run(rows, { _id: 7 }).plan.kind, run(rows, { _id: 7 }).docsExamined], ['id', 1]);
  assert.equal(run(rows, { _id: { $in: [7, 8, 7] } }).docs.length, 2);
  const range = run(rows, { _id: { $gt: 990 } }, { _id: -1 });
  assert.deepEqual([range.plan.kind, range.docsExamined, range.docs[0]?.['_id']], ['ixscan', 9, 999]);
});

test('each branch of $or goes through an index of its own, and no document comes twice', () => {
  const rows = setUp([{ a: 1, c: 1 }, { b: 1 }]);

  const both = run(rows, {
    $or: [
      { a: 1, c: 5 },
      { b: 5, a: 1 },
    ],
  });
  assert.equal(both.plan.kind, 'or');
  assert.equal(new Set(both.docs).size, both.docs.length);
  assert.equal(run(rows, { $or: [{ a: 1 }, { x: 1 }] }).plan.kind, 'collscan');
});

test('a sparse or partial index is used only where it holds every match', () => {
  const rows = setUp([]);
  rows.createIndex(parseIndexSpec({ key: { x: 1 }, name: 'sparse', sparse: true }));
  rows.createIndex(
    parseIndexSpec({ key: { c: 1 }, name: 'partial', partialFilterExpression: { b: { $gt: 5 } } }),
  );

  assert.equal(run(rows, { x: null }).plan.kind, 'collscan');
  assert.equal(run(rows, { x: 'left' }).plan.kind, 'ixscan');
  assert.equal(run(rows, { c: 7 }).plan.kind, 'collscan');
  assert.equal(run(rows, { c: 7, b: 3 }).plan.kind, 'collscan');
  assert.equal(run(rows, { c: 7, b: 7 }).plan.kind, 'ixscan');
});

for (const [hasArrays, which] of [
  [true, 'the types'],
  [false, 'the types, where no field holds an array and an index tells all'],
] as const)
  test(`with and without indexes every query finds and counts the same documents, whatever ${which}`, async () => {
    const random = seededRandom(11);
    const values = [
      null,
      undefined,
      -1,
      0,
      1,
      2.5,
      Number.NaN,
      3n,
      'a',
      'b',
      '',
      true,
      false,
      new Date(5),
      [1, 'a'],
      [],
      [2, [3]],
      { a: 1 },
    ];
    const used = hasArrays ? values : values.filter((value) => !Array.isArray(value));
    const pick = (): unknown => used[Math.floor(random() * used.length)];
    const catalog = openCatalog();
    const plain = catalog.create('t', 'plain');
    const indexed = catalog.create('t', 'indexed');
    for (const key of [{ x: 1 }, { x: -1, y: 1 }, { y: 1, x: -1 }, { 'z.a': 1 }]) {
      indexed.createIndex(parseIndexSpec({ key, name: JSON.stringify(key) }));
    }
    for (let _id = 0; _id < 300; _id++) {
      const doc: Doc = {
        _id,
        z: random() < 0.5 || !hasArrays ? { a: pick() } : [{ a: pick() }, { a: pick() }],
      };
      for (const field of ['x', 'y']) if (random() < 0.8) doc[field] = pick();
      for (const collection of [plain, indexed]) collection.insert(doc);
    }

    for (let i = 0; i < 800; i++) {
      const filter = randomFilter(random, pick);
      const sort = random() < 0.5 ? {} : { x: random() < 0.5 ? 1 : -1, _id: 1 };
      const found = (collection: Collection) =>
        run(collection, filter, sort).docs.map(({ _id }) => Number(_id));
      const [expected, actual] = [found(plain), found(indexed)];
      if (!('x' in sort)) for (const ids of [expected, actual]) ids.sort((a, b) => a - b);
      assert.deepEqual(actual, expected, inspect(filter, sort));
      assert.equal(await count(indexed, filter), expected.length, inspect(filter));
    }
  });

function randomFilter(random: () => number, pick: () => unknown): Doc {
  const field = () => ['x', 'y', 'z.a'][Math.floor(random() * 3)] ?? 'x';
  const condition = (): unknown => {
    const operand = pick() ?? null;
    const operators = ['$gt', '$gte', '$lt', '$lte', '$ne', '$eq'];
    if (random() < 0.2) return { $in: [operand, pick() ?? null] };
    if (random() < 0.2) return { $gte: operand, $lt: pick() ?? null };
    if (random() < 0.5) return { [operators[Math.floor(random() * operators.length)] ?? '$eq']: operand };
    return operand;
  };
  const clause = (): Doc => ({ [field()]: condition() });
  if (random() < 0.2) return { $or: [clause(), clause()] };
  return random() < 0.5 ? clause() : { $and: [clause(), clause()] };
}

type Expected = { filter: Doc; name: string[]; docsExamined: number };

function assertIndex(rows: Collection, { filter, name, docsExamined }: Expected): void {
  const { plan, docsExamined: examined } = run(rows, filter);
  assert.ok(plan.kind === 'ixscan' && name.includes(plan.index.spec.name), inspect(filter, plan.kind));
  assert.equal(examined, docsExamined, inspect(filter));
}

function run(rows: Collection, filter: Doc, sort: Doc = {}, limit = Number.POSITIVE_INFINITY) {
  const question: { filter: Doc; sort: SortKey[] } = { filter, sort: parseSort(sort) };
  const plan: Plan = choosePlan(rows, question);
  const { rows: found, cost } = select(rows, question);
  const docs: Doc[] = [];
  for (const row of found) {
    if (row) docs.push(row.doc);
    if (docs.length >= limit) break;
  }
  return { plan, docs, docsExamined: cost.docsExamined };
}

/** 1,000 documents: `a` and `b` of ten values each, `c` of a hundred for each `a`. */
function setUp(keys: Doc[]): Collection {
  const rows = openCatalog().create('t', 'rows');
  for (const key of keys) {
    const name = Object.entries(key)
      .map(([field, direction]) => `${field}_${direction}`)
      .join('_');
    rows.createIndex(parseIndexSpec({ key, name }));
  }
  for (let i = 0; i < 1000; i++) {
    const c = Math.floor(i / 10);
    rows.insert({ _id: i, a: i % 10, b: c % 10, c });
  }
  return rows;
}

function count(collection: Collection, filter: Doc): Promise<number> {
  const pacer = { isDue: () => false, pause: async () => undefined };
  return countMatches(collection, { filter, sort: [] }, pacer);
}

function openCatalog(): Catalog {
  return new Catalog(new Database({ path: null, log: silentLogger }));
}

function inspect(...parts: unknown[]): string {
  return JSON.stringify(parts, (_key, value) => (typeof value === 'bigint' ? `${value}n` : value));
}

function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
