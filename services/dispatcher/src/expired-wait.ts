import type { DispatchItem } from '@posthorn/contracts';
import type { Taken } from '@posthorn/queue';
import type { RetryRules } from './attempt-event.ts';
import { refused } from './outcome.ts';
import { domainOf, type TryResult } from './site-attempts.ts';

/**
 * Ends a delivery that waits although its time is over: as a bounce whose reason is what it waited for. One whose time ends
 * before its wait does comes back at that end.
 */
export function endExpired(
  result: TryResult,
  { item, firstPostedAtMs }: Taken<DispatchItem>,
  { schedule: rules, nowMs }: { schedule: Pick<RetryRules, 'schedule' | 'domainSchedules'>; nowMs: number },
): TryResult {
  if (result.kind !== 'wait') return result;
  const { deliveryId, address, ambiguousCount, last, site, text, rule } = result;
  const { maxAgeMs } = rules.domainSchedules?.get(domainOf(address)) ?? rules.schedule;
  const leftMs = Math.min(item.expiresAtMs, firstPostedAtMs + maxAgeMs) - nowMs;
  if (leftMs > 0) return { ...result, delayMs: Math.min(result.delayMs, leftMs) };

  const outcome = refused('4.4.7', 'TIMEOUT', `the message expired while it waited (${rule}): ${text}`);
  return {
    ...{ deliveryId, address, ambiguousCount, last, site },
    ...{ kind: 'attempted', outcome, mx: undefined, isMarked: false },
  };
}
