import { z } from 'zod';
import { defineLane, TraceParent } from '../define-lane.ts';
import { AccountId, EmailId, StatusId } from '../ids.ts';

/** Largest message that submission takes, in bytes; EHLO states it (RFC 1870). */
export const submissionBytesMax = 30 * 1024 * 1024;

/** Most envelope recipients of one submitted message. */
export const submissionRecipientsMax = 100;

/**
 * submission → renderer: one finished message, as a client wrote it, to be tracked, signed and dispatched.
 *
 * Each To recipient is a send of its own, with its own tracked copy; Cc and Bcc recipients share an untracked copy, which
 * belongs to the first send.
 */
export const SubmissionItem = z.object({
  /** The first send's. */
  id: StatusId,
  accountId: AccountId,
  /** User name of the SMTP token. */
  tokenId: z.string(),
  /** The token's campaign: what its events and counters are filed under. */
  emailId: EmailId,
  /** Whether recipients that are no contacts become some. */
  createContact: z.boolean(),
  acceptedAtMs: z.int().positive(),
  trace: TraceParent,
  sends: z
    .array(z.object({ statusId: StatusId, to: z.string() }))
    .min(1)
    .max(submissionRecipientsMax),
  /** Envelope recipients that the message names in Cc, or not at all. */
  copies: z.array(z.string()).max(submissionRecipientsMax).default([]),
  /** Names a repeat of this message (SHA-256 of the account and the client's key); claimed like a `sendId`. */
  requestKey: z.string().optional(),
  /** The message without dot-stuffing, a character a byte (latin1), CRLF line ends, Bcc still in it. */
  raw: z.string(),
});
export type SubmissionItem = z.infer<typeof SubmissionItem>;

export const submissionsLane = defineLane({
  name: 'submissions',
  item: SubmissionItem,
  idOf: (item) => item.id,
  traceOf: (item) => item.trace,
});
