import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classifyReply, type ReplyOutcome } from './classify-reply.ts';
import { replyClassNames } from './reply-class.ts';
import { rankEvidence } from './reply-precedence.ts';
import { parseReply } from './smtp-reply.ts';

test('marks come before strong words, then specific codes, weak words, and generic codes', () => {
  const ranked = rankEvidence({
    rest: [{ id: 'rest', class: 'policy', codes: [550] }],
    weak: [{ id: 'weak', class: 'receiver-unavailable', says: ['later'] }],
    codes: [{ id: 'code', class: 'protocol-error', enhanced: ['5.5.1'] }],
    strong: [{ id: 'strong', class: 'spam', says: ['is spam'] }],
    marks: [{ id: 'mark', class: 'greylisted', says: ['tag1'] }],
  });

  assert.deepEqual(
    ranked.map(({ id }) => id),
    ['mark', 'strong', 'code', 'weak', 'rest'],
  );
});

test('the codes of an unknown mailbox give way to weak words that blame somebody else, and to no others', () => {
  const ranked = rankEvidence({
    marks: [],
    strong: [],
    codes: [{ id: 'no-mailbox', class: 'unknown-recipient', enhanced: ['5.1.1'] }],
    weak: [
      { id: 'weak-inactive', class: 'inactive-recipient', says: ['disabled'] },
      { id: 'weak-spam', class: 'spam', says: ['spam'] },
    ],
    rest: [],
  });

  assert.deepEqual(
    ranked.map(({ id }) => id),
    ['weak-spam', 'no-mailbox', 'weak-inactive'],
  );
});

test('every class has its place among words', () => {
  for (const name of replyClassNames) {
    const [first] = rankEvidence({
      ...{ marks: [], codes: [], weak: [], rest: [] },
      strong: [
        { id: 'last', class: 'unclassified', says: ['unknown'] },
        { id: 'tried', class: name, says: ['words'] },
      ],
    });
    if (name !== 'unclassified') assert.equal(first?.id, 'tried', name);
  }
});

/** Replies in which the code says one thing and the words another. */
const conflicts = {
  'what is said of us beats what is said of the recipient': [
    ['550 5.1.1 Recipient refused, host 198.51.100.4 is listed at rbl.example', 'ip-blocked'],
    ['550 5.2.1 Mailbox unavailable; your IP was blacklisted', 'ip-blocked'],
    ['553 5.1.3 details: http://www.spamhaus.org/query/ip/198.51.100.4', 'ip-blocked'],
  ],
  'greylisting beats the list it is dressed as': [
    ['450 4.7.1 198.51.100.4 blocked using wait.example: greylisting, come back in 5 minutes', 'greylisted'],
  ],
  'a full mailbox beats the code of an unknown one, in every language': [
    ['550 5.1.1 Mailbox over quota', 'mailbox-full'],
    ['552 5.1.1 La boîte de ce destinataire est pleine', 'mailbox-full'],
    ['550 5.1.1 Das Postfach ist voll', 'mailbox-full'],
    ['550 5.1.1 Buzón lleno', 'mailbox-full'],
  ],
  'a closed or unknown mailbox beats every code': [
    ['551 5.7.1 this mailbox was deactivated', 'inactive-recipient'],
    ['554 5.5.0 Archived recipient', 'inactive-recipient'],
    ['550 5.7.1 Recipient address rejected: inactive mailbox', 'inactive-recipient'],
    ['550 account expired', 'inactive-recipient'],
    ['550 User locked', 'inactive-recipient'],
    ['503 5.5.1 unknown user', 'unknown-recipient'],
    ['554 5.3.0 Utilisateur inconnu', 'unknown-recipient'],
  ],
  'spam, policy, and what the recipient wants beat the codes of an address': [
    ['550 5.1.1 message rejected as spam', 'spam'],
    ['550 5.2.1 the message holds a blacklisted URL', 'spam'],
    ['552 looks like spam (#5.6.0)', 'spam'],
    ['550 5.1.1 refused for policy reasons', 'policy'],
    ['550 5.1.1 rejected by the recipient', 'recipient-restricted'],
  ],
  'a specific code beats weak words': [
    ['550 5.2.2 address rejected', 'mailbox-full'],
    ['550 5.7.26 suspicious, not permitted', 'dmarc-failed'],
  ],
  'weak words beat a generic code': [
    ['554 5.7.1 suspicious', 'spam'],
    ['501 the line is too long', 'content-refused'],
  ],
} as const;

for (const [rule, replies] of Object.entries(conflicts)) {
  test(`F21: ${rule}`, () => {
    for (const [raw, name] of replies) assert.equal(classOf(classifyReply(parseReply(raw))), name, raw);
  });
}

test('F21: a link names the list that blocks us', () => {
  for (const link of [
    'https://www.spamhaus.org/query/ip/198.51.100.4',
    'https://ipcheck.proofpoint.com/?ip=198.51.100.4',
    'http://www.sorbs.net/lookup.shtml?198.51.100.4',
    'https://www.spamcop.net/bl.shtml?198.51.100.4',
    'http://www.barracudacentral.org/reputation?ip=198.51.100.4',
  ]) {
    assert.equal(classOf(classifyReply(parseReply(`554 5.7.1 refused, see ${link}`))), 'ip-blocked', link);
  }
});

test('F21: a block of our address is never given up, and never blames the recipient', () => {
  for (const words of [
    'has been blocked by zen.spamhaus.org',
    'is in an RBL',
    'blocked. See our pages',
    'banned',
    'refused: poor reputation',
    'found in a local blacklist',
  ]) {
    const outcome = classifyReply(parseReply(`550 5.1.1 198.51.100.4 ${words}`));
    assert.equal(outcome.kind === 'deferred' && outcome.action, 'retry-from-another-ip', words);
  }
});

test('F21: what is unknown, closed, or invalid must be the mailbox of the recipient to blame it', () => {
  for (const raw of [
    '550 5.1.1 sender user unknown',
    '550 5.1.1 Absender unbekannt',
    '550 your account has been suspended',
    '550 the domain name has expired',
    '500 unknown command',
    '550 5.1.1 HELO name unknown',
    '550 no PTR record found',
    '550 5.2.1 rejected due to content',
    '550 5.1.1 you are not allowed to send to this user',
    '550 5.2.1 this user is receiving too many messages',
    '550 too many unknown users, your IP is blocked',
  ]) {
    const outcome = classifyReply(parseReply(raw));
    assert.notEqual(outcome.kind === 'bounced' && outcome.isAddressFault, true, raw);
  }
});

test("F21: what is wrong with one account's domain neither suspends the site nor blames our address", () => {
  for (const raw of [
    '451 temporarily deferred: unresolvable RFC.5321 from domain',
    '421 4.7.0 the sender domain does not resolve',
    '450 4.1.8 Sender address rejected: Domain not found',
    '421 4.7.28 unusual rate of mail from your DKIM domain',
    '421 4.7.27 rate limited because SPF authentication did not pass',
    '421 4.7.32 From: header is not aligned',
    '421 4.7.0 very low reputation of the sending domain',
  ]) {
    const outcome = classifyReply(parseReply(raw));
    assert.equal(outcome.kind === 'deferred' && outcome.action, 'retry', raw);
  }
});

function classOf(outcome: ReplyOutcome): string {
  return outcome.kind === 'delivered' ? 'delivered' : outcome.class;
}
