import { type BounceCategory, categorizeReply } from './bounce-category.ts';
import type { SmtpReply } from './smtp-reply.ts';

/** What a final reply means for the delivery. */
export type ReplyOutcome =
  | Readonly<{ kind: 'delivered' }>
  | Readonly<{ kind: 'deferred'; category: BounceCategory }>
  | Readonly<{
      kind: 'bounced';
      category: BounceCategory;
      /** The address itself is at fault, so it may be suppressed; never for a policy (row F21). */
      isAddressFault: boolean;
    }>;

/** Codes that say the mailbox does not exist or takes no mail (RFC 3463, section 3.2; RFC 7505). */
const addressFaults: ReadonlySet<string> = new Set(['5.1.1', '5.1.10', '5.2.1']);

/**
 * Decides on the first digit of the code: 2 delivered, 4 deferred, 5 bounced (row F21). Anything else is
 * deferred: what was not understood is tried again, not given up (row F22).
 *
 * The enhanced code does not overrule the digit; it gives the category.
 */
export function classifyReply(reply: SmtpReply): ReplyOutcome {
  const digit = reply.code === null ? 0 : Math.floor(reply.code / 100);
  if (digit === 2) return { kind: 'delivered' };
  const category = categorizeReply(reply);
  if (digit !== 5) return { kind: 'deferred', category };
  return { kind: 'bounced', category, isAddressFault: addressFaults.has(reply.enhanced ?? '') };
}
