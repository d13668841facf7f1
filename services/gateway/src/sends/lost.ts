import type { SendStatusView } from '@posthorn/contracts';
import type { SendRecord } from '@posthorn/store';

/** Mail that was accepted shortly before a loss was found may lie in the new Redis, and is recorded within this time. */
const graceMs = 60_000;

const waitingStates: readonly string[] = ['queued', 'processed', 'deferred'];

/**
 * Returns whether a send still waited in Redis when that was emptied, or whether one of its deliveries did.
 *
 * `lossAtMs` is the first loss after the send was accepted, null where there was none.
 */
export function isLost(
  record: SendRecord | null,
  lossAtMs: number | null,
  nowMs: number,
): lossAtMs is number {
  if (lossAtMs === null) return false;
  if (record === null) return nowMs >= lossAtMs + graceMs;
  if (record.dropped) return false;
  if (record.deliveries.length === 0) return (record.sent?.atMs ?? 0) < lossAtMs;
  return record.deliveries.some((delivery) => isLostDelivery(delivery, lossAtMs));
}

/** Returns whether a delivery waited at that time and nothing was heard of it since. */
export function isLostDelivery(
  { state, deferred, processedAtMs = 0 }: SendRecord['deliveries'][number],
  lossAtMs: number,
): boolean {
  return waitingStates.includes(state) && (deferred?.atMs ?? processedAtMs) < lossAtMs;
}

/** Returns how a lost send looks on HubSpot's path, which has no state of its own for it. */
export function lostView(statusId: string): SendStatusView {
  return {
    statusId,
    status: 'COMPLETE',
    sendResult: 'UNDELIVERABLE',
    message: 'The queue was emptied while this send waited in it. It is not known whether it was delivered.',
  };
}
