import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IndexTree } from './index-tree.ts';

test('the tree holds what a sorted list would, through thousands of additions and deletions', () => {
  const random = seededRandom(7);
  const tree = new IndexTree<number>((a, b) => a - b);
  const list = new Set<number>();
  for (let i = 0; i < 20_000; i++) {
    const value = Math.floor(random() * 6000);
    if (random() < 0.6) {
      tree.add(value);
      list.add(value);
    } else {
      tree.delete(value);
      list.delete(value);
    }
  }
  const sorted = [...list].sort((a, b) => a - b);
  const within = (low: number, high: number) => (value: number) => (value < low ? -1 : value > high ? 1 : 0);

  assert.equal(tree.size, sorted.length);
  assert.deepEqual([...tree.ascend(() => 0)], sorted);
  assert.deepEqual([...tree.descend(() => 0)], sorted.toReversed());
  for (const [low, high] of [
    [0, 10],
    [1000, 4000],
    [5990, 9000],
    [-5, -1],
    [7000, 8000],
    [3000, 2000],
  ] as const) {
    const expected = sorted.filter((value) => value >= low && value <= high);
    assert.deepEqual([...tree.ascend(within(low, high))], expected);
    assert.deepEqual([...tree.descend(within(low, high))], expected.toReversed());
    assert.equal(tree.first(within(low, high)), expected[0]);
  }
});

test('entries that rise, with stragglers and repeats among them, are each held once and in order', () => {
  const random = seededRandom(11);
  const tree = new IndexTree<number>((a, b) => a - b);
  const held = new Set<number>();
  for (let i = 0; i < 5_000; i++) {
    const value = random() < 0.9 ? i : Math.max(0, i - Math.floor(random() * 700));
    tree.add(value);
    tree.add(value);
    held.add(value);
  }

  assert.equal(tree.size, held.size);
  assert.deepEqual(
    [...tree.ascend(() => 0)],
    [...held].sort((a, b) => a - b),
  );
});

test('a walk goes on where it was when entries come and go around it', () => {
  const tree = new IndexTree<number>((a, b) => a - b);
  for (let i = 0; i < 2000; i += 2) tree.add(i);

  const up: number[] = [];
  for (const value of tree.ascend(() => 0)) {
    up.push(value);
    tree.delete(value);
    tree.delete(value + 4);
    if (value % 100 === 0) tree.add(value + 1);
  }
  const down: number[] = [];
  for (let i = 0; i < 2000; i += 2) tree.add(i);
  for (const value of tree.descend(() => 0)) {
    down.push(value);
    tree.delete(value);
    tree.add(value + 0.5);
  }

  assert.deepEqual(
    up,
    up.toSorted((a, b) => a - b),
  );
  assert.ok(up.includes(0) && up.includes(1) && up.includes(2) && !up.includes(4));
  assert.deepEqual(
    down,
    down.toSorted((a, b) => b - a),
  );
  assert.equal(new Set(down).size, down.length);
});

test('an empty tree has nothing to walk', () => {
  const tree = new IndexTree<number>((a, b) => a - b);

  assert.deepEqual(
    [[...tree.ascend(() => 0)], [...tree.descend(() => 0)], tree.first(() => 0)],
    [[], [], undefined],
  );
});

function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
