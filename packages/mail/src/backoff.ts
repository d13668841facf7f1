const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** When a deferred delivery is tried again: data, so that an operator can change it. */
export type RetrySchedule = Readonly<{
  /** Wait after the first, second, … attempt, in milliseconds; the last one repeats. */
  delaysMs: readonly [number, ...number[]];
  /** Random addition to each wait, as a share of it, so that deferred mail does not come back all at once. */
  jitterShare: number;
  /** Age since the first attempt at which a delivery is given up, in milliseconds. */
  maxAgeMs: number;
}>;

/**
 * 5, 10, 20, 40, 80, 160 minutes, then every 4 hours, for 48 hours: 18 attempts at most. Greylisting servers take mail
 * back after 5 minutes as a rule; transactional mail is worth little after two days.
 */
export const defaultRetrySchedule: RetrySchedule = {
  delaysMs: [
    5 * minuteMs,
    10 * minuteMs,
    20 * minuteMs,
    40 * minuteMs,
    80 * minuteMs,
    160 * minuteMs,
    4 * hourMs,
  ],
  jitterShare: 0.2,
  maxAgeMs: 48 * hourMs,
};

export type RetryInput = Readonly<{
  /** Attempts made so far, from 1. */
  attempt: number;
  firstAttemptAtMs: number;
  nowMs: number;
  schedule?: RetrySchedule;
  /** A deadline of the send's own, earlier than the schedule's. */
  expiresAtMs?: number;
  /** A number from 0 up to but not 1, as `Math.random` gives. */
  random: () => number;
}>;

export type NextRetry = Readonly<{ kind: 'retry'; delayMs: number }> | Readonly<{ kind: 'expired' }>;

/**
 * Says when a deferred delivery is tried again, or that it is given up.
 *
 * A wait that would end past the deadline ends at it, for one last attempt; with less than the schedule's
 * first wait left there is none. Never shorter than the schedule says: jitter only adds. A clock that
 * stepped back before the first attempt delays the deadline, and nothing else (row F45).
 */
export function nextRetry(input: RetryInput): NextRetry {
  const {
    attempt,
    firstAttemptAtMs,
    nowMs,
    schedule = defaultRetrySchedule,
    expiresAtMs = Infinity,
    random,
  } = input;
  const leftMs = Math.min(expiresAtMs, firstAttemptAtMs + schedule.maxAgeMs) - nowMs;
  if (leftMs < schedule.delaysMs[0]) return { kind: 'expired' };

  const delayMs = delayAfter(attempt, schedule) * (1 + schedule.jitterShare * random());
  return { kind: 'retry', delayMs: Math.min(Math.round(delayMs), leftMs) };
}

function delayAfter(attempt: number, { delaysMs }: RetrySchedule): number {
  return delaysMs[Math.min(attempt, delaysMs.length) - 1] ?? delaysMs[0];
}
