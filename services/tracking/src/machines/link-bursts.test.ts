import assert from 'node:assert/strict';
import { test } from 'node:test';
import { burstWindowMs, createLinkBursts } from './link-bursts.ts';

test('different links of one send are counted within the window, the same link once', () => {
  const { note } = createLinkBursts();

  assert.equal(note('a', 0, 0), 1);
  assert.equal(note('a', 0, 10), 1);
  assert.equal(note('a', 1, 20), 2);
  assert.equal(note('b', 2, 30), 1);
  assert.equal(note('a', 2, burstWindowMs - 1), 3);
});

test('a window that has passed is forgotten', () => {
  const { note } = createLinkBursts();
  note('a', 0, 0);

  assert.equal(note('a', 1, burstWindowMs), 1);
});

test('no more sends are remembered than allowed', () => {
  const { note } = createLinkBursts({ sendsMax: 2 });
  for (const statusId of ['a', 'b', 'c', 'd']) note(statusId, 0, 0);

  assert.equal(note('a', 1, 1), 1);
  assert.equal(note('d', 1, 1), 2);
});
