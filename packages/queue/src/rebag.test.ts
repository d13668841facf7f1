import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bag } from './bag.ts';
import { isolate, rebagDue } from './rebag.ts';

const atMs = 1_000_000;

test('items due at about the same time travel together, and none leaves before it is due', () => {
  const due = new Map([
    [0, { atMs: atMs + 60_000 }],
    [1, { atMs: atMs + 61_000 }],
    [2, { atMs: atMs + 300_000 }],
  ]);

  const bags = rebagDue('b-1', bagOf(3), due, atMs);

  assert.deepEqual(
    bags.map(({ indexes, dueAtMs }) => ({ indexes, dueAtMs })),
    [
      { indexes: [0, 1], dueAtMs: atMs + 61_000 },
      { indexes: [2], dueAtMs: atMs + 300_000 },
    ],
  );
});

test('B16: a retry travels in a bag with an id of its own, the same however often it is made', () => {
  const due = new Map([[0, { atMs: atMs + 60_000 }]]);

  const [first] = rebagDue('b-1', bagOf(1), due, atMs);
  const [again] = rebagDue('b-1', bagOf(1), due, atMs + 5_000);
  const [other] = rebagDue('b-2', bagOf(1), due, atMs);

  assert.equal(first?.id, again?.id);
  assert.notEqual(first?.id, other?.id);
  assert.match(first?.id ?? '', /^[^:]*[a-z][^:]*$/, 'BullMQ refuses colons and digits alone (B5)');
});

test('an item that goes round again keeps its origin and its first time, and counts the attempt', () => {
  const bag: Bag = { t: atMs, e: [{ i: 'x', a: 3, o: 'b-0', t: 5 }] };

  const [retried] = rebagDue('b-1', bag, new Map([[0, { atMs }]]), atMs);

  assert.deepEqual(
    retried?.entries.map((entry) => JSON.parse(entry)),
    [{ i: 'x', a: 4, o: 'b-0', t: 5 }],
  );
});

test('an item that waited keeps its attempt, and leaves with its nearest only, however old it is', () => {
  const bag: Bag = { t: atMs - 3_600_000, e: [{ i: 'x', a: 3 }, { i: 'y' }, { i: 'z' }] };
  const due = new Map([
    [0, { atMs: atMs + 1_000, waitMs: 1_000 }],
    [1, { atMs: atMs + 1_080, waitMs: 1_080 }],
    [2, { atMs: atMs + 2_000 }],
  ]);

  const bags = rebagDue('b-1', bag, due, atMs);

  assert.deepEqual(
    bags.map(({ indexes, entries }) => [indexes, entries.map((entry) => JSON.parse(entry).a)]),
    [
      [
        [0, 1],
        [3, 1],
      ],
      [[2], [2]],
    ],
  );
});

test('B2: a bag is taken apart into bags of one, which remember the crashes', () => {
  const bags = isolate('b-1', bagOf(3), [0, 2], 5);

  assert.deepEqual(
    bags.map(({ indexes }) => indexes),
    [[0], [2]],
  );
  assert.deepEqual(JSON.parse(bags[1]?.entries[0] ?? ''), { i: 2, a: 1, o: 'b-1', t: atMs, c: 5 });
});

test('more than 512 KiB that are due together leave in several bags', () => {
  const bag: Bag = { t: atMs, e: Array.from({ length: 4 }, () => ({ i: 'x'.repeat(200 * 1024) })) };

  const bags = rebagDue('b-1', bag, new Map([0, 1, 2, 3].map((index) => [index, { atMs }])), atMs);

  assert.deepEqual(
    bags.map(({ indexes }) => indexes),
    [
      [0, 1],
      [2, 3],
    ],
  );
});

function bagOf(count: number): Bag {
  return { t: atMs, e: Array.from({ length: count }, (_, i) => ({ i })) };
}
