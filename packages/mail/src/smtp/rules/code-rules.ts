import type { ReplyRule } from '../reply-rule.ts';

const rfc3463 = 'RFC 3463, section 3';
const iana = 'https://www.iana.org/assignments/smtp-enhanced-status-codes';

/** Enhanced codes that say enough, whatever the words. The vague ones (x.0.0, x.1.0, x.7.0, x.7.1) are not here. */
export const codeRules = [
  { id: 'code-no-mailbox', class: 'unknown-recipient', enhanced: ['x.1.1', 'x.1.3'], source: rfc3463 },
  { id: 'code-null-mx', class: 'unknown-recipient', enhanced: ['x.1.10'], source: 'RFC 7505, section 4.2' },
  { id: 'code-no-host', class: 'bad-recipient-domain', enhanced: ['x.1.2'], source: rfc3463 },
  { id: 'code-ambiguous', class: 'mailbox-problem', enhanced: ['x.1.4', 'x.2.4'], source: rfc3463 },
  { id: 'code-moved', class: 'inactive-recipient', enhanced: ['x.1.6'], source: rfc3463 },
  { id: 'code-bad-sender', class: 'sender-refused', enhanced: ['x.1.7', 'x.1.8', 'x.7.27'], source: rfc3463 },
  {
    id: 'code-mailbox-busy',
    class: 'recipient-throttled',
    enhanced: ['4.2.1'],
    comment: 'Google, Yandex and Rackspace use it so.',
    source: 'https://support.google.com/a/answer/3726730',
  },
  { id: 'code-mailbox-disabled', class: 'inactive-recipient', enhanced: ['5.2.1'], source: rfc3463 },
  { id: 'code-mailbox-full', class: 'mailbox-full', enhanced: ['x.2.2'], source: rfc3463 },
  { id: 'code-too-large', class: 'message-too-large', enhanced: ['x.2.3', 'x.3.4'], source: rfc3463 },
  { id: 'code-system-full', class: 'receiver-unavailable', enhanced: ['x.3.1', '4.3.2'], source: rfc3463 },
  {
    id: 'code-system-fault',
    class: 'receiver-fault',
    enhanced: ['5.3.2', 'x.3.3', 'x.3.5'],
    source: rfc3463,
  },
  { id: 'code-no-answer', class: 'no-answer', enhanced: ['x.4.1', 'x.4.2'], source: rfc3463 },
  { id: 'code-directory', class: 'dns-problem', enhanced: ['x.4.3', 'x.4.4'], source: rfc3463 },
  { id: 'code-congestion', class: 'throttled', enhanced: ['x.4.5'], source: rfc3463 },
  { id: 'code-loop', class: 'routing-problem', enhanced: ['x.4.6'], source: rfc3463 },
  { id: 'code-expired', class: 'expired', enhanced: ['x.4.7'], source: rfc3463 },
  {
    id: 'code-many-recipients',
    class: 'too-many-recipients',
    enhanced: ['x.5.3'],
    comment: 'The next transaction may name it again, also after a 5xx.',
    source: rfc3463,
  },
  {
    id: 'code-protocol',
    class: 'protocol-error',
    enhanced: ['x.5.1', 'x.5.2', 'x.5.4', 'x.5.5', 'x.5.6'],
    source: rfc3463,
  },
  { id: 'code-not-ascii', class: 'policy', enhanced: ['x.6.7', 'x.6.9'], source: 'RFC 6531, section 3.7.4' },
  { id: 'code-content', class: 'content-refused', enhanced: ['x.6.*'], source: rfc3463 },
  { id: 'code-list-members', class: 'recipient-restricted', enhanced: ['x.7.2'], source: rfc3463 },
  {
    id: 'code-cryptography',
    class: 'encryption-required',
    enhanced: ['x.7.4', 'x.7.5', 'x.7.10', 'x.7.11'],
    source: rfc3463,
  },
  { id: 'code-login', class: 'login-required', enhanced: ['x.7.8'], source: iana },
  {
    id: 'code-dkim-spf',
    class: 'authentication-failed',
    enhanced: ['x.7.20-24', 'x.7.30'],
    source: 'RFC 7372, section 3',
  },
  { id: 'code-reverse-dns', class: 'ip-unidentified', enhanced: ['x.7.25'], source: 'RFC 7372, section 3.3' },
  { id: 'code-authentication', class: 'dmarc-failed', enhanced: ['x.7.26'], source: 'RFC 7372, section 3.4' },
  { id: 'code-mail-flood', class: 'throttled', enhanced: ['x.7.28'], source: iana },
] as const satisfies readonly ReplyRule[];

/** Where neither marks nor words nor a specific code said anything: the plain code, then the subject of the enhanced one. */
export const lastRules = [
  { id: 'plain-login', class: 'login-required', codes: [530, 535], source: 'RFC 4954, section 6' },
  { id: 'plain-disabled', class: 'inactive-recipient', codes: [525], source: 'RFC 5248, section 2.4' },
  {
    id: 'plain-no-mail-here',
    class: 'bad-recipient-domain',
    codes: [521, 556],
    source: 'RFC 7504, section 3',
  },
  { id: 'plain-not-local', class: 'relay-denied', codes: [551], source: 'RFC 5321, section 4.2.3' },
  {
    id: 'plain-protocol',
    class: 'protocol-error',
    codes: [500, 501, 502, 503, 504, 555],
    source: 'RFC 5321, section 4.2.3',
  },
  { id: 'plain-full', class: 'mailbox-full', codes: [422, 522, 552], source: 'RFC 5321, section 4.2.3' },
  { id: 'field-mailbox', class: 'mailbox-problem', enhanced: ['5.2.*'], source: rfc3463 },
  { id: 'field-system', class: 'receiver-fault', enhanced: ['5.3.*'], source: rfc3463 },
  { id: 'field-network', class: 'routing-problem', enhanced: ['5.4.*'], source: rfc3463 },
  { id: 'field-protocol', class: 'protocol-error', enhanced: ['x.5.*'], source: rfc3463 },
  { id: 'field-policy', class: 'policy', enhanced: ['5.7.*'], source: rfc3463 },
  {
    id: 'last-address-rejected',
    class: 'recipient-restricted',
    says: ['address rejected'],
    comment: 'Postfix puts the reason behind these words. Without one that we know, nothing is suppressed.',
  },
] as const satisfies readonly ReplyRule[];
