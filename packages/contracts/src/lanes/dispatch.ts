import { z } from 'zod';
import { defineLane, TraceParent } from '../define-lane.ts';
import { AccountId, DeliveryId, EmailId, StatusId } from '../ids.ts';

/** What to do with a delivery whose final dot was sent and whose reply never came: send again, or leave it undecided. */
export const OnAmbiguous = z.enum(['retry', 'hold']);
export type OnAmbiguous = z.infer<typeof OnAmbiguous>;

/**
 * renderer → dispatcher: this rendition is ready, deliver it to these recipients.
 *
 * The bytes are final and signed, so a retry sends the same message (RFC 5321, section 4.5.4.1). One item may
 * have several recipients, but each is tried and settled alone: SMTP answers every RCPT on its own. A send makes
 * one item for its To recipient (tracked) and, where it has Cc or Bcc, one for those (untracked).
 */
export const DispatchItem = z.object({
  /** `<statusId>-t` for the tracked rendition, `<statusId>-u` for the untracked one. */
  id: z.string(),
  statusId: StatusId,
  accountId: AccountId,
  emailId: EmailId,
  trace: TraceParent,
  acceptedAtMs: z.int().positive(),
  returnPath: z.string(),
  recipients: z.array(z.object({ deliveryId: DeliveryId, address: z.string() })).min(1),
  /** The signed message, a character a byte (latin1), CRLF line ends, at most 998 bytes a line (RFC 5322, section 2.1.1). */
  rendition: z.string(),
  /** Some header or address needs SMTPUTF8 (RFC 6531). */
  smtpUtf8: z.boolean().default(false),
  /** Unix time in milliseconds; past it, a deferred delivery becomes a bounce. */
  expiresAtMs: z.int().positive(),
  onAmbiguous: OnAmbiguous.default('retry'),
  /**
   * `tls-report`: our own daily report to a domain about its TLS (RFC 8460). Its attempts are nobody's events, its
   * sessions are not counted for the next report, and no TLS failure holds it up (section 3).
   */
  purpose: z.enum(['tls-report']).optional(),
});
export type DispatchItem = z.infer<typeof DispatchItem>;

/** The lane of one pool of sending IPs; each pool has its own so that one that is slow never holds another up. */
export function dispatchLane(pool: string) {
  return defineLane({
    name: `dispatch-${pool}`,
    item: DispatchItem,
    idOf: (item) => item.id,
    traceOf: (item) => item.trace,
  });
}
