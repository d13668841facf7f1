import { z } from 'zod';
import { defineLane } from '../define-lane.ts';
import { AccountId, StatusId } from '../ids.ts';

/** Most bytes kept of a message that came back: reports say what they say at the front, the mail they return follows. */
export const returnBytesMax = 192 * 1024;

/**
 * A message that came back to us, as it was accepted over SMTP: read and acted upon later.
 *
 * `delivery` is what its recipient address proved by our own signature. Without one it was sent to the address for
 * complaints, and what it is about must be proved by its content, or to the postmaster.
 */
export const ReturnItem = z.object({
  /** Derived from the address and the bytes, so that a client's repeat is the same item. */
  id: z.uuid(),
  receivedAtMs: z.int().positive(),
  /** Envelope sender; empty for the null sender (RFC 5321, section 4.5.5). */
  mailFrom: z.string().max(1_000),
  helo: z.string().max(255),
  remoteAddress: z.string().max(64),
  delivery: z
    .object({ statusId: StatusId, accountId: AccountId, deliveryIndex: z.int().min(0).max(65_535) })
    .optional(),
  /** For a person to read: it proves nothing, and nothing follows from it (RFC 5321, section 4.5.1). */
  isForPostmaster: z.boolean().optional(),
  /** The message from its first byte, a character a byte (latin1), at most `returnBytesMax`. */
  raw: z.string().max(returnBytesMax),
  isTruncated: z.boolean(),
});
export type ReturnItem = z.infer<typeof ReturnItem>;

/** returns' SMTP server → returns' reader: accepted and on disk, still to be understood. */
export const returnsLane = defineLane({ name: 'returns', item: ReturnItem, idOf: (item) => item.id });
