import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { isDuplicateKey, writeRefusalsOf } from './write-refusals.ts';

test('a bulk tells taken keys from documents that MongoDB will never take', () => {
  const error = bulkError([
    { index: 1, code: 11_000 },
    { index: 4, code: 10_334 },
  ]);

  assert.deepEqual(
    writeRefusalsOf(error).map(({ index, isDuplicate }) => [index, isDuplicate]),
    [
      [1, true],
      [4, false],
    ],
  );
});

test('a write refused only for now makes the whole bulk one to repeat', () => {
  const error = bulkError([
    { index: 0, code: 11_000 },
    { index: 1, code: 112 },
  ]);

  assert.throws(
    () => writeRefusalsOf(error),
    (thrown) => isFault(thrown, 'unavailable'),
  );
});

test('an error that names no writes is thrown on', () => {
  for (const error of [new TypeError('bug'), bulkError([])]) {
    assert.throws(() => writeRefusalsOf(error), error);
  }
  assert.equal(isDuplicateKey(new TypeError('bug')), false);
});

function bulkError(writeErrors: object[]): Error {
  return Object.assign(new Error('bulk'), { writeErrors });
}
