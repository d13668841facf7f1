import type { ReplyRule } from '../../reply-rule.ts';

const google = 'https://support.google.com/a/answer/3726730';

/** What Gmail and Workspace say. */
export const googleRules = [
  {
    id: 'google-ptr',
    class: 'ip-unidentified',
    says: ['ptr record*', 'sending guidelines regarding ptr'],
    source: google,
  },
  {
    id: 'google-unusual-amount',
    class: 'ip-blocked',
    says: ['unusual amount of unsolicited'],
    source: google,
  },
  {
    id: 'google-domain-rate',
    class: 'sender-throttled',
    says: ['your dkim domain', 'your spf domain', 'your url domain*', 'from your domain'],
    comment: 'Counted against the domain of one account, so the other accounts go on.',
    source: google,
  },
  {
    id: 'google-unusual-rate',
    class: 'throttled',
    says: ['unusual rate of'],
    suspendMinutes: 30,
    comment: 'Counted against the address, its network, or a domain; all of them are slowed by waiting.',
    source: google,
  },
  {
    id: 'google-ip-reputation',
    class: 'ip-blocked',
    says: ['very low reputation of the sending ip'],
    source: google,
  },
  {
    id: 'google-domain-reputation',
    class: 'domain-blocked',
    says: ['very low reputation of the sending domain'],
    source: google,
  },
  {
    id: 'google-content',
    class: 'spam',
    says: ['suspicious due to the nature of the content'],
    source: google,
  },
  { id: 'google-spam', class: 'spam', says: ['likely unsolicited'], source: google },
  {
    id: 'google-not-compliant',
    class: 'content-refused',
    says: ['not rfc 5322 compliant', 'headers are not rfc compliant'],
    source: google,
  },
  {
    id: 'google-headers',
    class: 'content-refused',
    says: ['messages missing a valid', 'multiple addresses in the from'],
    source: google,
  },
  {
    id: 'google-security',
    class: 'content-refused',
    says: ['potential security issue', 'illegal attachment'],
    source: google,
  },
  {
    id: 'google-direct',
    class: 'ip-blocked',
    says: ['not authorized to send email directly', 'ip not in whitelist'],
    source: google,
  },
  {
    id: 'google-relay-limit',
    class: 'throttled',
    says: ['relay limit exceeded', 'user sending limit exceeded', 'sending quota exceeded'],
    source: google,
  },
  {
    id: 'google-policy-size',
    class: 'too-many-recipients',
    says: ['recipient in a separate transaction', 'multiple destination domains per transaction'],
    source: google,
  },
  {
    id: 'google-unauthenticated',
    class: 'authentication-failed',
    enhanced: ['x.7.26'],
    says: ['authenticate with either spf or dkim', 'must pass either spf or dkim'],
    source: google,
  },
  { id: 'google-tls', class: 'encryption-required', enhanced: ['x.7.29'], source: google },
  { id: 'google-dmarc-record', class: 'dmarc-failed', enhanced: ['x.7.32', 'x.7.40'], source: google },
] as const satisfies readonly ReplyRule[];
