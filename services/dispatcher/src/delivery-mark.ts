import { Event } from '@posthorn/contracts';
import { z } from 'zod';

/** How an attempt at a delivery ended, as it is reported. Only DEFERRED leaves something to do. */
export const AttemptEvent = Event.refine((event): event is AttemptEvent => isAttemptEvent(event));
export type AttemptEvent = Extract<Event, { type: 'DELIVERED' | 'DEFERRED' | 'BOUNCE' | 'UNKNOWN' }>;

function isAttemptEvent(event: Event): event is AttemptEvent {
  return ['DELIVERED', 'DEFERRED', 'BOUNCE', 'UNKNOWN'].includes(event.type);
}

/** Attempts of this delivery so far of which nobody knows whether they arrived. */
const ambiguousCount = z.int().min(0);

/**
 * What is known on disk of one delivery while its item is under way.
 *
 * `committing` is written before the final dot: a later run that finds it knows that the peer may have the message.
 * `ended` holds the report of an attempt, so that a run after a crash has only to pass it on, and a later attempt leaves
 * alone the recipients that are decided. No mark means that the peer cannot have the message.
 */
export const DeliveryMark = z.discriminatedUnion('state', [
  z.object({ state: z.literal('committing'), attempt: z.int().positive(), ambiguousCount }),
  z.object({ state: z.literal('ended'), ambiguousCount, event: AttemptEvent }),
]);
export type DeliveryMark = z.infer<typeof DeliveryMark>;

/**
 * Keeps marks where a crash of this process leaves them.
 *
 * Every call rejects with an `unavailable` Fault when the store cannot be reached in time; a write may then have happened
 * or may not.
 */
export type DeliveryMarks = {
  /** Those that exist, in one round trip. A mark that cannot be read counts as `committing`: better asked than lost. */
  read(deliveryIds: readonly string[]): Promise<ReadonlyMap<string, DeliveryMark>>;
  /** Resolves when the mark is on disk. It outlives `expiresAtMs` by a day. */
  write(deliveryId: string, mark: DeliveryMark, expiresAtMs: number): Promise<void>;
  clear(deliveryIds: readonly string[]): Promise<void>;
};
