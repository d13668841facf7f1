import type { Domain } from '@posthorn/store';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How soon after it was made, or its keys were, a domain is looked at: an answer of "nothing there" that a resolver keeps would only delay it. */
export const firstCheckAfterMs = 5 * minuteMs;

/**
 * When a domain is to be checked next: every 5 minutes for a day after anything changed in it while something is still
 * to come, every hour for a week, then daily; daily when all is well; hourly while it is failing.
 *
 * `jitter` from 0 to 1 makes it up to a tenth later, so that not all domains are checked at once.
 */
export function nextCheckAtMs(
  { keys, checks, state, changedAtMs }: Pick<Domain, 'keys' | 'checks' | 'state' | 'changedAtMs'>,
  nowMs: number,
  jitter: number,
): number {
  const retired = new Set(keys.filter((key) => key.state === 'retired').map(({ selector }) => selector));
  const isSettled = Object.entries(checks).every(
    ([name, check]) => check.state === 'verified' || retired.has(name),
  );
  const pause = pauseMs({ isSettled, isFailing: state === 'failing', ageMs: nowMs - changedAtMs });
  return nowMs + Math.round(pause * (1 + jitter / 10));
}

function pauseMs(at: { isSettled: boolean; isFailing: boolean; ageMs: number }): number {
  if (at.isSettled) return dayMs;
  if (at.ageMs < dayMs) return 5 * minuteMs;
  return at.isFailing || at.ageMs < 7 * dayMs ? hourMs : dayMs;
}
