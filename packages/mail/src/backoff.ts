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
  /** Bounds of a wait that a reply names; 1 minute and 4 hours where there are none. */
  namedWait?: NamedWaitBounds;
}>;

export type NamedWaitBounds = Readonly<{ minMs: number; maxMs: number }>;

const defaultNamedWait: NamedWaitBounds = { minMs: minuteMs, maxMs: 4 * hourMs };

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
  namedWait: defaultNamedWait,
};

/** Attempts after which a wait shorter than the schedule's is no longer believed: the server said it thrice and did not mean it. */
const shortWaitsMax = 3;

export type RetryInput = Readonly<{
  /** Attempts made so far, from 1. */
  attempt: number;
  firstAttemptAtMs: number;
  nowMs: number;
  schedule?: RetrySchedule;
  /** What the reply said to wait, in milliseconds; see `namedWaitMs`. */
  namedWaitMs?: number | undefined;
  /** No earlier than that from now, in milliseconds; what the reply itself names goes before. */
  atLeastMs?: number | undefined;
  /** A deadline of the send's own, earlier than the schedule's. */
  expiresAtMs?: number;
  /** A number from 0 up to but not 1, as `Math.random` gives. */
  random: () => number;
}>;

export type NextRetry = Readonly<{ kind: 'retry'; delayMs: number }> | Readonly<{ kind: 'expired' }>;

/**
 * Says when a deferred delivery is tried again, or that it is given up.
 *
 * A wait that the reply names is honoured within the schedule's bounds: a longer one always, a shorter one for the first three
 * attempts, so that a server which always says "in a minute" is not asked all day. Never shorter than was said: jitter only adds.
 *
 * A wait that would end past the deadline ends at it, for one last attempt; with less than the schedule's first wait left there
 * is none. A clock that stepped back before the first attempt delays the deadline, and nothing else (row F45).
 */
export function nextRetry(input: RetryInput): NextRetry {
  const { firstAttemptAtMs, nowMs, schedule = defaultRetrySchedule, expiresAtMs = Infinity, random } = input;
  const leftMs = Math.min(expiresAtMs, firstAttemptAtMs + schedule.maxAgeMs) - nowMs;
  if (leftMs < schedule.delaysMs[0]) return { kind: 'expired' };

  const delayMs = waitOf(input, schedule) * (1 + schedule.jitterShare * random());
  return { kind: 'retry', delayMs: Math.min(Math.round(delayMs), leftMs) };
}

function waitOf({ attempt, namedWaitMs, atLeastMs = 0 }: RetryInput, schedule: RetrySchedule): number {
  const scheduledMs = delayAfter(attempt, schedule);
  if (namedWaitMs === undefined) return Math.max(scheduledMs, atLeastMs);
  const { minMs, maxMs } = schedule.namedWait ?? defaultNamedWait;
  const honouredMs = Math.min(Math.max(namedWaitMs, minMs), maxMs);
  return attempt <= shortWaitsMax ? honouredMs : Math.max(scheduledMs, honouredMs);
}

function delayAfter(attempt: number, { delaysMs }: RetrySchedule): number {
  return delaysMs[Math.min(attempt, delaysMs.length) - 1] ?? delaysMs[0];
}
