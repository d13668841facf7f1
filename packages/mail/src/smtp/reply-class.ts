import type { BounceCategory } from './bounce-category.ts';

/**
 * Says what to do about a reply that is not a success.
 *
 * - `retry`: try again later from the same IP address.
 * - `retry-from-another-ip`: the receiver objects to our IP address, so another one may pass.
 * - `suspend`: hold all mail to this site for a while, because the receiver counts all of it.
 * - `bounce`: give up.
 */
export type ReplyAction = 'retry' | 'retry-from-another-ip' | 'suspend' | 'bounce';

/**
 * Names the party whose fault the reply reports. Only `address` suppresses the recipient. Only `ip` and `receiver` say
 * something about the other mail to the site; `sender` and `message` concern one account and never slow down the others.
 */
export type ReplyFault = 'address' | 'recipient' | 'ip' | 'sender' | 'message' | 'receiver' | 'unknown';

export type ReplyClassification = Readonly<{
  category: BounceCategory;
  fault: ReplyFault;
  /** What a 4xx of this class asks for. Never `bounce`: a server that says "not now" is asked again (row F21). */
  delayed: Exclude<ReplyAction, 'bounce'>;
  /** What a 5xx asks for. Only a class that concerns our IP address or the moment is tried again. */
  refused: ReplyAction;
}>;

const never = { delayed: 'retry', refused: 'bounce' } as const;
/** Concerns the moment: a refusal of too much mail at once is a delay, whatever its first digit. */
const later = { delayed: 'retry', refused: 'retry' } as const;
const slower = { delayed: 'suspend', refused: 'suspend' } as const;
const elsewhere = { delayed: 'retry-from-another-ip', refused: 'retry-from-another-ip' } as const;

/** Lists every meaning a reply can have: its category in HubSpot's events, who is at fault, and what to do. */
export const replyClasses = {
  // The recipient.
  'unknown-recipient': { category: 'UNKNOWN_USER', fault: 'address', ...never },
  'inactive-recipient': { category: 'UNKNOWN_USER', fault: 'address', ...never },
  // A peer that we reached disagrees with the lookup that led us to it, so its word does not suppress the address.
  'bad-recipient-domain': { category: 'DNS_FAILURE', fault: 'recipient', ...never },
  'recipient-restricted': { category: 'POLICY', fault: 'recipient', ...never },
  'mailbox-full': { category: 'MAILBOX_FULL', fault: 'recipient', ...never },
  'mailbox-problem': { category: 'MAILBOX_MISCONFIGURATION', fault: 'recipient', ...never },
  'recipient-throttled': { category: 'THROTTLED', fault: 'recipient', ...later },
  // How much we send, and from where.
  greylisted: { category: 'GREYLISTING', fault: 'ip', ...later },
  'too-many-recipients': { category: 'THROTTLED', fault: 'message', ...later },
  throttled: { category: 'THROTTLED', fault: 'ip', ...slower },
  'ip-blocked': { category: 'IP_REPUTATION', fault: 'ip', ...elsewhere },
  'ip-unidentified': { category: 'SENDING_DOMAIN_MISCONFIGURATION', fault: 'ip', ...elsewhere },
  // The sending domain or address of one account.
  'sender-throttled': { category: 'THROTTLED', fault: 'sender', ...later },
  'domain-blocked': { category: 'DOMAIN_REPUTATION', fault: 'sender', ...never },
  'sender-refused': { category: 'SENDING_DOMAIN_MISCONFIGURATION', fault: 'sender', ...never },
  'authentication-failed': { category: 'SENDING_DOMAIN_MISCONFIGURATION', fault: 'sender', ...never },
  'dmarc-failed': { category: 'DMARC', fault: 'sender', ...never },
  'login-required': { category: 'POLICY', fault: 'receiver', ...never },
  'encryption-required': { category: 'POLICY', fault: 'receiver', ...never },
  // The message.
  spam: { category: 'SPAM', fault: 'message', ...never },
  'content-refused': { category: 'CONTENT', fault: 'message', ...never },
  'message-too-large': { category: 'POLICY', fault: 'message', ...never },
  policy: { category: 'POLICY', fault: 'message', ...never },
  // The receiving system.
  'receiver-unavailable': { category: 'TEMPORARY_PROBLEM', fault: 'receiver', ...never },
  'receiver-fault': { category: 'ISP_MISCONFIGURATION', fault: 'receiver', ...never },
  'relay-denied': { category: 'ISP_MISCONFIGURATION', fault: 'receiver', ...never },
  'routing-problem': { category: 'ISP_MISCONFIGURATION', fault: 'receiver', ...never },
  'protocol-error': { category: 'ISP_MISCONFIGURATION', fault: 'receiver', ...never },
  'dns-problem': { category: 'DNS_FAILURE', fault: 'receiver', ...never },
  'no-answer': { category: 'TIMEOUT', fault: 'receiver', ...never },
  expired: { category: 'TIMEOUT', fault: 'receiver', ...never },
  // Nothing known.
  'temporary-problem': { category: 'TEMPORARY_PROBLEM', fault: 'unknown', ...never },
  unclassified: { category: 'UNCATEGORIZED', fault: 'unknown', ...never },
} as const satisfies Readonly<Record<string, ReplyClassification>>;

export type ReplyClass = keyof typeof replyClasses;

/** Lists the names of all classes, to check a rule that was written by hand. */
export const replyClassNames: readonly ReplyClass[] = Object.keys(replyClasses).filter(isReplyClass);

export function isReplyClass(name: string): name is ReplyClass {
  return Object.hasOwn(replyClasses, name);
}

/** Reports whether a refusal of this class is the address's own fault, so that it may be suppressed. */
export function isAddressFaultClass(name: ReplyClass): boolean {
  return replyClasses[name].fault === 'address';
}
