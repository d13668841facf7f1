import { z } from 'zod';
import { Attachment } from '../attachment.ts';
import { defineLane, TraceParent } from '../define-lane.ts';
import { AccountId, EmailId, StatusId } from '../ids.ts';
import { JsonValue } from '../json.ts';

/**
 * gateway, submission → renderer: one accepted send.
 *
 * It names a *version* of the email, not the email: what was published when the caller got its answer is what
 * leaves. Addresses are as the caller wrote them and were only checked for shape; the renderer decides what
 * cannot be sent and drops it with a reason.
 */
export const SendItem = z.object({
  statusId: StatusId,
  accountId: AccountId,
  acceptedAtMs: z.int().positive(),
  trace: TraceParent,
  emailId: EmailId,
  /** The published version at acceptance; absent where the email did not exist or was not published (MISSING_CONTENT). */
  version: z.int().positive().optional(),
  to: z.string(),
  from: z.string().optional(),
  replyTo: z.array(z.string()).default([]),
  cc: z.array(z.string()).default([]),
  bcc: z.array(z.string()).default([]),
  /** The caller's own id: at most one email leaves for each within an account (facts: HubSpot single send, `sendId`). */
  sendId: z.string().optional(),
  /** Names a repeat of an HTTP request (SHA-256 of account and Idempotency-Key, index in the call); claimed like `sendId`. */
  requestKey: z.string().optional(),
  contactProperties: z.record(z.string(), z.string()).default({}),
  customProperties: z.record(z.string(), JsonValue).default({}),
  attachments: z.array(Attachment).default([]),
});
export type SendItem = z.infer<typeof SendItem>;

export const renderLane = defineLane({
  name: 'render',
  item: SendItem,
  idOf: (item) => item.statusId,
  traceOf: (item) => item.trace,
});
