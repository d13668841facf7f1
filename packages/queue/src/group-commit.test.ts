import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { bagBytesMax } from './bag.ts';
import { GroupCommit } from './group-commit.ts';

test('a lone value leaves at once, alone', async () => {
  const { commits, groups, release } = setUp();

  const added = commits.add(1, 10);
  await nextTurn();
  release();

  await added;
  assert.deepEqual(groups, [[1]]);
});

test('values that come while a group is on its way leave together as soon as it is committed', async () => {
  const { commits, groups, release } = setUp();
  const first = commits.add(0, 10);
  await nextTurn();

  const rest = [1, 2, 3].map((value) => commits.add(value, 10));
  await nextTurn();
  assert.deepEqual(groups, [[0]]);
  release();
  await first;
  await nextTurn();
  release();

  await Promise.all(rest);
  assert.deepEqual(groups, [[0], [1, 2, 3]]);
});

test('a group holds at most 100 values, and full groups do not wait for one another', async () => {
  const { commits, groups, release } = setUp({ inFlightMax: 2 });

  const added = Array.from({ length: 250 }, (_, value) => commits.add(value, 10));
  await nextTurn();
  assert.deepEqual(
    groups.map((group) => group.length),
    [100, 100],
  );
  release();
  release();
  await nextTurn();
  release();

  await Promise.all(added);
  assert.deepEqual(
    groups.map((group) => group.length),
    [100, 100, 50],
  );
});

test('a group holds at most 512 KiB, but a value may be larger alone', async () => {
  const { commits, groups } = setUp({ inFlightMax: 9 });

  for (const [value, share] of [0.6, 0.6, 0.3, 2, 0.1].entries())
    void commits.add(value, share * bagBytesMax);
  await nextTurn();

  assert.deepEqual(groups, [[0], [1, 2], [3]]);
});

test('a failed commit rejects its own values and no others', async () => {
  const { commits, fail, release } = setUp();
  const first = commits.add(0, 10);
  await nextTurn();
  const second = commits.add(1, 10);

  fail(new Error('disk'));
  await assert.rejects(first, /disk/);
  await nextTurn();
  release();

  await second;
});

function setUp({ inFlightMax = 1 } = {}) {
  const groups: (readonly number[])[] = [];
  const waiting: PromiseWithResolvers<void>[] = [];
  const commits = new GroupCommit<number>(
    (values) => {
      groups.push(values);
      const commit = Promise.withResolvers<void>();
      waiting.push(commit);
      return commit.promise;
    },
    { inFlightMax },
  );
  return {
    commits,
    groups,
    release: () => waiting.shift()?.resolve(),
    fail: (error: Error) => waiting.shift()?.reject(error),
  };
}
