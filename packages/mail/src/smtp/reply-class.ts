import type { BounceCategory } from './bounce-category.ts';

/**
 * What to do about a reply that is no success.
 *
 * - `retry`: the same again later, from the same address.
 * - `retry-from-another-ip`: the sending address is what the receiver objects to; another one may pass.
 * - `suspend`: everything to this site waits a while, since the receiver counts all of it.
 * - `bounce`: given up.
 */
export type ReplyAction = 'retry' | 'retry-from-another-ip' | 'suspend' | 'bounce';

export type ReplyClassification = Readonly<{
  category: BounceCategory;
  /** What a 4xx of this class asks for. Never `bounce`: a server that says "not now" is asked again (row F21). */
  delayed: Exclude<ReplyAction, 'bounce'>;
  /** What a 5xx asks for. Only what speaks of our address or of the moment, not of this mail, is tried again. */
  refused: ReplyAction;
}>;

const never = { delayed: 'retry', refused: 'bounce' } as const;
/** About the moment: a "no" to too much at once is a "not now", whatever its first digit. */
const later = { delayed: 'retry', refused: 'retry' } as const;
const slower = { delayed: 'suspend', refused: 'suspend' } as const;
const elsewhere = { delayed: 'retry-from-another-ip', refused: 'retry-from-another-ip' } as const;

/** Every class a reply may be put in: its category in HubSpot's events and what is done about it. */
export const replyClasses = {
  // The recipient.
  'unknown-recipient': { category: 'UNKNOWN_USER', ...never },
  'inactive-recipient': { category: 'UNKNOWN_USER', ...never },
  'bad-recipient-domain': { category: 'DNS_FAILURE', ...never },
  'recipient-restricted': { category: 'POLICY', ...never },
  'mailbox-full': { category: 'MAILBOX_FULL', ...never },
  'mailbox-problem': { category: 'MAILBOX_MISCONFIGURATION', ...never },
  'recipient-throttled': { category: 'THROTTLED', ...later },
  // How much we send, and from where.
  greylisted: { category: 'GREYLISTING', ...later },
  'too-many-recipients': { category: 'THROTTLED', ...later },
  throttled: { category: 'THROTTLED', ...slower },
  'ip-blocked': { category: 'IP_REPUTATION', ...elsewhere },
  'ip-unidentified': { category: 'SENDING_DOMAIN_MISCONFIGURATION', ...elsewhere },
  // Who we say we are.
  'domain-blocked': { category: 'DOMAIN_REPUTATION', ...never },
  'sender-refused': { category: 'SENDING_DOMAIN_MISCONFIGURATION', ...never },
  'authentication-failed': { category: 'SENDING_DOMAIN_MISCONFIGURATION', ...never },
  'dmarc-failed': { category: 'DMARC', ...never },
  'login-required': { category: 'POLICY', ...never },
  'encryption-required': { category: 'POLICY', ...never },
  // What we send.
  spam: { category: 'SPAM', ...never },
  'content-refused': { category: 'CONTENT', ...never },
  'message-too-large': { category: 'POLICY', ...never },
  policy: { category: 'POLICY', ...never },
  // The receiving system.
  'receiver-unavailable': { category: 'TEMPORARY_PROBLEM', ...never },
  'receiver-fault': { category: 'ISP_MISCONFIGURATION', ...never },
  'relay-denied': { category: 'ISP_MISCONFIGURATION', ...never },
  'routing-problem': { category: 'ISP_MISCONFIGURATION', ...never },
  'protocol-error': { category: 'ISP_MISCONFIGURATION', ...never },
  'dns-problem': { category: 'DNS_FAILURE', ...never },
  'no-answer': { category: 'TIMEOUT', ...never },
  expired: { category: 'TIMEOUT', ...never },
  // Nothing known.
  'temporary-problem': { category: 'TEMPORARY_PROBLEM', ...never },
  unclassified: { category: 'UNCATEGORIZED', ...never },
} as const satisfies Readonly<Record<string, ReplyClassification>>;

export type ReplyClass = keyof typeof replyClasses;

/** The names of all classes, for whoever checks a rule that was written by hand. */
export const replyClassNames: readonly ReplyClass[] = Object.keys(replyClasses).filter(isReplyClass);

export function isReplyClass(name: string): name is ReplyClass {
  return Object.hasOwn(replyClasses, name);
}
