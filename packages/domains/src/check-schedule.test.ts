import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckState } from '@posthorn/store';
import { nextCheckAtMs } from './check-schedule.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

test('a domain is checked every five minutes for a day after a change, hourly for a week, then daily', () => {
  const pauses = [0, day - 1, day, 7 * day - 1, 7 * day, 99 * day].map((ageMs) => pauseOf('pending', ageMs));

  assert.deepEqual(pauses, [5 * minute, 5 * minute, hour, hour, day, day]);
});

test('a failing domain is checked hourly at least, however long it fails', () => {
  assert.equal(pauseOf('failing', 99 * day), hour);
});

test('a domain of which all is seen is checked daily', () => {
  assert.equal(pauseOf('verified', 0), day);
});

test('checks are spread over a tenth of their pause', () => {
  assert.equal(pauseOf('verified', 0, 1), 26.4 * hour);
});

function pauseOf(state: CheckState, ageMs: number, jitter = 0): number {
  const nowMs = 1_000 * day;
  const domain = { keys: [], checks: { mx: { state } }, state, changedAtMs: nowMs - ageMs };
  return nextCheckAtMs(domain, nowMs, jitter) - nowMs;
}
