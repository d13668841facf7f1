import type { ReplyRule } from '../../reply-rule.ts';

/**
 * Words of notices that come back by mail. A server that tells of its own failure writes other sentences than it would
 * reply with. Sources: the documentation that the returns service names for each form (docs/returns.md).
 */
export const noticeWords = [
  {
    id: 'notice-unknown',
    class: 'unknown-recipient',
    says: [
      'recipient name is not recognized',
      'recipient name is not recognised',
      'did not exactly match',
      'no such user here',
      'not a valid user here',
      'address is not valid',
      'invalid user address',
      'address may be misspelled or may not exist',
      'not found in the address book',
      'entered an invalid recipient',
      'invalid * delivery userid',
      'not an active address',
    ],
  },
  {
    id: 'notice-full',
    class: 'mailbox-full',
    says: [
      'full mailbox',
      'box space not enough',
      'mailbox has exceeded',
      'over disk quota',
      'exceeds allowed size',
      'recipient inbox full',
    ],
  },
  {
    id: 'notice-restricted',
    class: 'recipient-restricted',
    says: [
      'group you tried to contact',
      'permission to post',
      'post messages to this group',
      'not accepting mail with',
      'not accepting mail from',
      'not accepting messages from you',
    ],
  },
  {
    id: 'notice-size',
    class: 'message-too-large',
    says: [
      'message size exceed*',
      'maximum message size',
      'maximum incoming message size',
      'maximum size limit',
      'size limit exceeded',
      'message is too large',
    ],
  },
  {
    id: 'notice-spam',
    class: 'spam',
    says: ['spam pattern', 'spamprofiler', 'spam firewall', 'spam virus firewall'],
  },
  {
    id: 'notice-expired',
    class: 'expired',
    says: [
      'queue too long',
      'queued for too long',
      'retry timeout exceeded',
      'retry time not reached',
      'delivery * timed out',
      'message timed out',
      'delivery failed * attempts',
      'cannot send message for',
      'undeliverable for * days',
      'has not been collected',
      'was aborted after',
      'delivery time limit',
      'not delivered within',
      'failing for a long time',
      'has been frozen',
      'was frozen on arrival',
    ],
  },
  {
    id: 'notice-no-answer',
    class: 'no-answer',
    says: [
      'able to establish an smtp connection',
      'unable to connect to',
      'could not connect to',
      'can t connect to',
      'connection refused',
      'connection timed out',
      'connection was dropped',
      'operation timed out',
      'no route to host',
      'host * unreachable',
      'host not reachable',
      'hosts * unreachable',
      'lost connection with',
      'host is not responding',
    ],
  },
  {
    id: 'notice-no-domain',
    class: 'bad-recipient-domain',
    says: [
      'couldn t find any host',
      'host or domain name not found',
      'could not be resolved',
      'host address lookups failed',
      'point to non existent hosts',
    ],
  },
  { id: 'notice-not-allowed', class: 'authentication-failed', says: ['not allowed to send mail from'] },
  { id: 'notice-no-gateway', class: 'routing-problem', says: ['find a gateway', 'no gateway'] },
  { id: 'notice-no-delivery-point', class: 'mailbox-problem', says: ['final email delivery point'] },
] as const satisfies readonly ReplyRule[];

/** Postfix's words of a failed lookup, beside which "malformed" is about the answer of DNS and not about our message. */
export const noticeMarks = [
  {
    id: 'notice-name-service',
    class: 'dns-problem',
    says: ['name service error', 'name or service not known'],
  },
] as const satisfies readonly ReplyRule[];
