import type { SmtpReply } from './smtp-reply.ts';

/** HubSpot's categories of a BOUNCE event, as its events API names them. */
export const bounceCategories = [
  ...([
    'UNKNOWN_USER',
    'CONTENT',
    'SPAM',
    'POLICY',
    'HUBSPOT_GLOBAL_BOUNCE',
    'MAILBOX_FULL',
    'GREYLISTING',
  ] as const),
  ...([
    'MAILBOX_MISCONFIGURATION',
    'ISP_MISCONFIGURATION',
    'IP_REPUTATION',
    'DOMAIN_REPUTATION',
    'DMARC',
  ] as const),
  ...([
    'DNS_FAILURE',
    'SENDING_DOMAIN_MISCONFIGURATION',
    'TEMPORARY_PROBLEM',
    'TIMEOUT',
    'THROTTLED',
  ] as const),
  ...(['UNCATEGORIZED', 'FILTERED'] as const),
] as const;

export type BounceCategory = (typeof bounceCategories)[number];

/**
 * What enhanced codes mean (RFC 3463 and IANA's registry; x.7.5xx and up are Microsoft's), by `subject.detail`,
 * or by the whole code where the class changes the meaning. The vague ones (x.0.0, x.7.0, x.7.1) are not here:
 * there the text says more.
 */
const categoryOfCode: Readonly<Record<string, BounceCategory>> = {
  '1.1': 'UNKNOWN_USER',
  '1.2': 'DNS_FAILURE',
  '1.3': 'UNKNOWN_USER',
  '1.4': 'MAILBOX_MISCONFIGURATION',
  '1.6': 'UNKNOWN_USER',
  '1.7': 'SENDING_DOMAIN_MISCONFIGURATION',
  '1.8': 'SENDING_DOMAIN_MISCONFIGURATION',
  '1.10': 'UNKNOWN_USER',
  '4.2.1': 'THROTTLED',
  '5.2.1': 'UNKNOWN_USER',
  '2.2': 'MAILBOX_FULL',
  '2.3': 'POLICY',
  '2.4': 'MAILBOX_MISCONFIGURATION',
  '3.1': 'TEMPORARY_PROBLEM',
  '3.2': 'TEMPORARY_PROBLEM',
  '3.3': 'ISP_MISCONFIGURATION',
  '3.4': 'POLICY',
  '3.5': 'ISP_MISCONFIGURATION',
  '4.1': 'TIMEOUT',
  '4.2': 'TIMEOUT',
  '4.3': 'DNS_FAILURE',
  '4.4': 'DNS_FAILURE',
  '4.5': 'THROTTLED',
  '4.6': 'ISP_MISCONFIGURATION',
  '4.7': 'TIMEOUT',
  '5.3': 'THROTTLED',
  '6.7': 'POLICY',
  '7.8': 'SENDING_DOMAIN_MISCONFIGURATION',
  '7.9': 'SENDING_DOMAIN_MISCONFIGURATION',
  '7.20': 'SENDING_DOMAIN_MISCONFIGURATION',
  '7.21': 'SENDING_DOMAIN_MISCONFIGURATION',
  '7.22': 'SENDING_DOMAIN_MISCONFIGURATION',
  '7.23': 'SENDING_DOMAIN_MISCONFIGURATION',
  '7.24': 'SENDING_DOMAIN_MISCONFIGURATION',
  '7.25': 'SENDING_DOMAIN_MISCONFIGURATION',
  '7.26': 'DMARC',
  '7.27': 'SENDING_DOMAIN_MISCONFIGURATION',
  '7.28': 'THROTTLED',
  '7.509': 'DMARC',
  '7.511': 'IP_REPUTATION',
  '7.515': 'SENDING_DOMAIN_MISCONFIGURATION',
  '7.606': 'IP_REPUTATION',
  '7.650': 'IP_REPUTATION',
};

/** What the text says where the code is vague or missing; the first that matches counts. */
const categoryOfText: readonly (readonly [RegExp, BounceCategory])[] = [
  [/gr[ae]y[- ]?list/i, 'GREYLISTING'],
  [/\bdmarc\b/i, 'DMARC'],
  [/over ?quota|quota exceeded|mailbox (?:is )?full|insufficient storage/i, 'MAILBOX_FULL'],
  [
    /(?:user|recipient|mailbox|address|account)[^.]{0,40}(?:unknown|not (?:be )?found|does not exist)/i,
    'UNKNOWN_USER',
  ],
  [/(?:unknown|no such|invalid) (?:user|recipient|mailbox|address)/i, 'UNKNOWN_USER'],
  [/too many|rate limit|unusual rate|throttl/i, 'THROTTLED'],
  [
    /block ?list|black ?list|spamhaus|\brbl\b|ip (?:address )?(?:has )?(?:poor|low|bad) reputation/i,
    'IP_REPUTATION',
  ],
  [/domain[^.]{0,40}reputation/i, 'DOMAIN_REPUTATION'],
  [/\bspf\b|\bdkim\b|unauthenticated/i, 'SENDING_DOMAIN_MISCONFIGURATION'],
  [/\bspam\b|unsolicited|junk/i, 'SPAM'],
  [/timed? ?out/i, 'TIMEOUT'],
];

/** What is left: the subject digit of the enhanced code (RFC 3463, section 4). */
const categoryOfSubject: Readonly<Record<string, BounceCategory>> = {
  '2': 'MAILBOX_MISCONFIGURATION',
  '3': 'ISP_MISCONFIGURATION',
  '4': 'TEMPORARY_PROBLEM',
  '5': 'ISP_MISCONFIGURATION',
  '6': 'CONTENT',
  '7': 'POLICY',
};

/** Puts a reply of refusal or delay into one of HubSpot's categories. */
export function categorizeReply({ code, enhanced, text }: SmtpReply): BounceCategory {
  return (
    byCode(enhanced) ??
    byText(text) ??
    bySubject(enhanced) ??
    (isTransient(code) ? 'TEMPORARY_PROBLEM' : 'UNCATEGORIZED')
  );
}

function byCode(enhanced: string | undefined): BounceCategory | undefined {
  return enhanced === undefined ? undefined : (categoryOfCode[enhanced] ?? categoryOfCode[enhanced.slice(2)]);
}

function byText(text: string): BounceCategory | undefined {
  return categoryOfText.find(([pattern]) => pattern.test(text))?.[1];
}

/** A delay that only names its field is a passing problem, whatever the field. */
function bySubject(enhanced: string | undefined): BounceCategory | undefined {
  if (enhanced === undefined || enhanced.startsWith('4')) return undefined;
  return categoryOfSubject[enhanced.split('.')[1] ?? ''];
}

const isTransient = (code: number | null): boolean => code === null || code < 500;
