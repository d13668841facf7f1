import type { ReplyRule } from '../../reply-rule.ts';

/** Sentences whose words, taken alone, would mean something else. */
export const exactRules = [
  {
    id: 'exact-listed-link',
    class: 'spam',
    says: [
      'surbl',
      'urlbl*',
      'blacklisted url*',
      'blocklisted url*',
      'url * blacklist*',
      'url * blocklist*',
      'url * is listed on',
      'url * found on * list*',
      'link* * blacklist*',
      'link* * blocklist*',
      'link to a domain blacklisted',
    ],
  },
  {
    id: 'exact-blacklisted-address',
    class: 'sender-refused',
    says: ['email address has been blacklisted', 'sender address has been blacklisted'],
  },
  { id: 'exact-may-not-exist', class: 'unknown-recipient', says: ['account or domain may not exist'] },
  { id: 'exact-user-agent', class: 'content-refused', says: ['user agent'] },
  { id: 'exact-slower', class: 'throttled', says: ['try again slower'] },
  { id: 'exact-recipients-blocked', class: 'ip-blocked', says: ['one or more recipients blocked'] },
  {
    id: 'exact-after-refusal',
    class: 'protocol-error',
    enhanced: ['5.5.1'],
    says: ['no valid recipients'],
    comment: 'Postfix says so after it has refused every recipient, for whatever reason.',
  },
] as const satisfies readonly ReplyRule[];
