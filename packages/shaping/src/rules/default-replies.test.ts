import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classifyReply, parseReply } from '@posthorn/mail';
import { loadShapingRules } from './load-rules.ts';

const rules = await loadShapingRules();

/** As the receivers publish them; see the sources in infra/shaping.yaml and in the reply rules of mail. */
for (const [site, reply, rule] of [
  [
    'google.com',
    '421 4.7.28 Gmail has detected an unusual rate of email originating from your IP address.',
    'google.com.unusual-rate',
  ],
  [
    'google.com',
    '421 4.7.0 Our system has detected that this message is suspicious due to the very low reputation of the sending IP address.',
    'google.com.held-for-spam',
  ],
  ['google.com', '450 4.2.1 The user you are trying to contact is receiving mail too quickly.', undefined],
  [
    'yahoodns.net',
    '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints',
    'yahoodns.net.complaints',
  ],
  [
    'yahoodns.net',
    '421 4.7.1 [TS03] All messages from 192.0.2.1 will be permanently deferred',
    'yahoodns.net.blocked',
  ],
  ['yahoodns.net', '421 4.7.0 [TS02] Messages from 192.0.2.1 temporarily deferred', 'yahoodns.net.traffic'],
  [
    'olc.protection.outlook.com',
    '421 RP-001 (BAY0-MC1-F1) Unfortunately, some messages from 192.0.2.1 weren’t sent.',
    'olc.protection.outlook.com.rate-limited',
  ],
  [
    'olc.protection.outlook.com',
    '550 5.7.1 messages from [192.0.2.1] weren’t sent since part of their network is on our block list (S3150).',
    'olc.protection.outlook.com.block-list',
  ],
  [
    'mail.protection.outlook.com',
    '451 4.7.500 Server busy. Please try again later',
    'mail.protection.outlook.com.busy',
  ],
  ['mx.microsoft', '451 4.7.550 Access denied, please try again later', 'mx.microsoft.busy'],
  ['icloud.com', '421 4.7.0 Message deferred due to excessive volume.', 'icloud.com.too-much'],
  ['mx.example.net', '421 4.7.0 Too many messages in this session', 'defaults.session-full'],
  ['mx.example.net', '421 4.7.0 Too many concurrent SMTP connections', 'defaults.too-many-connections'],
  ['mx.example.net', '451 4.7.1 Rate limited, slow down', 'defaults.told-to-slow-down'],
  [
    'mx.example.net',
    '554 5.7.1 Service unavailable; client host [192.0.2.1] blocked using a block list',
    'defaults.address-blocked',
  ],
  ['mx.example.net', '451 4.7.1 Greylisted, please try again in 300 seconds', undefined],
  // What is wrong with the domain or the message of one account must not slow the site for the others.
  [
    'yahoodns.net',
    '451 Message temporarily deferred due to unresolvable RFC.5321 from domain. See our error codes.',
    undefined,
  ],
  [
    'google.com',
    '421 4.7.28 Gmail has detected an unusual rate of mail originating from your DKIM domain.',
    undefined,
  ],
  [
    'google.com',
    '421 4.7.0 Our system has detected that this message is suspicious due to the very low reputation of the sending domain.',
    undefined,
  ],
  [
    'google.com',
    '421 4.7.0 Our system has detected that this message is suspicious due to the nature of the content.',
    undefined,
  ],
  ['google.com', '421 4.7.27 rate limited because SPF authentication did not pass', undefined],
  ['mx.example.net', '421 4.1.8 temporarily deferred: sender domain does not resolve', undefined],
  ['mx.example.net', '550 5.1.1 No such user', undefined],
  ['mx.example.net', '452 4.2.2 Mailbox full', undefined],
] as const) {
  test(`B1: from ${site}, "${reply.slice(0, 60)}" is matched by ${rule ?? 'no rule'}`, () => {
    const parsed = parseReply(reply);
    const outcome = classifyReply(parsed);
    const name = outcome.kind === 'delivered' ? '' : outcome.class;

    const found = rules
      .forSite(site)
      .replies.find(
        ({ classes, patterns }) =>
          (!classes || classes.has(name)) && (!patterns || patterns.some((matches) => matches(parsed.text))),
      );

    assert.equal(found?.id, rule);
  });
}
