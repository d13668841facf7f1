import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '@posthorn/runtime';
import { retryDelayMs, withoutWords } from './retry-delay.ts';

test('a bag that failed waits a second, then twice as long each time, up to a minute and a fifth', () => {
  for (const [attempt, leastMs] of [
    [1, 1_000],
    [4, 8_000],
    [7, 60_000],
    [500, 60_000],
  ] as const) {
    const delayMs = retryDelayMs(attempt, new Error('a bug'));
    assert.ok(delayMs >= leastMs && delayMs <= leastMs * 1.2, `${delayMs} ms`);
  }
});

test('F15: a bag that waits for what is away looks again every five seconds, however long that was', () => {
  const delayMs = retryDelayMs(50, withoutWords(new Fault('unavailable', 'No database.')));

  assert.ok(delayMs >= 5_000 && delayMs <= 6_000, `${delayMs} ms`);
});

test('a failure is kept in Redis without its words, which may name a recipient', () => {
  for (const error of [
    new Error('no such user ada@customer.example'),
    new Fault('unavailable', 'ada@customer.example'),
  ]) {
    assert.doesNotMatch(String(withoutWords(error).stack), /ada/);
  }
});
