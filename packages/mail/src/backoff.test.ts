import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextRetry, type RetryInput } from './backoff.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const startMs = Date.UTC(2026, 10, 21);

test('B5: the waits are 5, 10, 20, 40, 80 and 160 minutes, then 4 hours', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 100].map((attempt) => next({ attempt }));

  const minutes = [5, 10, 20, 40, 80, 160, 240, 240, 240];
  assert.deepEqual(
    waits,
    minutes.map((count) => ({ kind: 'retry', delayMs: count * minuteMs })),
  );
});

test('B5: jitter only adds, up to a fifth', () => {
  assert.deepEqual(next({ attempt: 1, random: () => 0.5 }), { kind: 'retry', delayMs: 5.5 * minuteMs });
  assert.deepEqual(next({ attempt: 7, random: () => 0.999_999 }), {
    kind: 'retry',
    delayMs: Math.round(4 * hourMs * (1 + 0.2 * 0.999_999)),
  });
});

test('B5: a delivery that is always deferred is tried 18 times in 48 hours, the last time at the end', () => {
  let nowMs = startMs;
  let attempt = 1;
  for (let retry = next({ attempt, nowMs }); retry.kind === 'retry'; retry = next({ attempt, nowMs })) {
    nowMs += retry.delayMs;
    attempt += 1;
  }

  assert.equal(attempt, 18);
  assert.equal(nowMs, startMs + 48 * hourMs);
});

test("B5: the send's own deadline ends the retries earlier", () => {
  const expiresAtMs = startMs + hourMs;

  assert.deepEqual(next({ attempt: 6, expiresAtMs }), { kind: 'retry', delayMs: hourMs });
  assert.deepEqual(next({ attempt: 2, expiresAtMs, nowMs: expiresAtMs - 4 * minuteMs }), { kind: 'expired' });
  assert.deepEqual(next({ attempt: 2, expiresAtMs, nowMs: expiresAtMs }), { kind: 'expired' });
});

test('F45: a clock that steps back or jumps ahead neither shortens a wait nor retries for ever', () => {
  assert.deepEqual(next({ attempt: 1, nowMs: startMs - hourMs }), { kind: 'retry', delayMs: 5 * minuteMs });
  assert.deepEqual(next({ attempt: 1, nowMs: startMs + 87_600 * hourMs }), { kind: 'expired' });
});

test('B5: a wait that the reply names is kept to, within a minute and four hours', () => {
  assert.deepEqual(next({ namedWaitMs: 10 * minuteMs }), { kind: 'retry', delayMs: 10 * minuteMs });
  assert.deepEqual(next({ namedWaitMs: 2 * minuteMs }), { kind: 'retry', delayMs: 2 * minuteMs });
  assert.deepEqual(next({ namedWaitMs: 0 }), { kind: 'retry', delayMs: minuteMs });
  assert.deepEqual(next({ namedWaitMs: 1_000 * hourMs }), { kind: 'retry', delayMs: 4 * hourMs });
  assert.deepEqual(next({ namedWaitMs: 2 * minuteMs, random: () => 0.5 }), {
    kind: 'retry',
    delayMs: 2.2 * minuteMs,
  });
});

test('B5: a server that always says "in a minute" gets the schedule from the fourth attempt on', () => {
  const waits = [1, 2, 3, 4, 5].map((attempt) => next({ attempt, namedWaitMs: minuteMs }));

  assert.deepEqual(
    waits,
    [1, 1, 1, 40, 80].map((minutes) => ({ kind: 'retry', delayMs: minutes * minuteMs })),
  );
});

test('a suspension puts the next attempt off, but not before the schedule and not against the reply', () => {
  assert.deepEqual(next({ atLeastMs: hourMs }), { kind: 'retry', delayMs: hourMs });
  assert.deepEqual(next({ atLeastMs: minuteMs }), { kind: 'retry', delayMs: 5 * minuteMs });
  assert.deepEqual(next({ atLeastMs: hourMs, namedWaitMs: 2 * minuteMs }), {
    kind: 'retry',
    delayMs: 2 * minuteMs,
  });
});

function next(input: Partial<RetryInput>) {
  return nextRetry({ attempt: 1, firstAttemptAtMs: startMs, nowMs: startMs, random: () => 0, ...input });
}
