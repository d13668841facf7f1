import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bounceCategories } from './bounce-category.ts';
import { classifyReply, createReplyClassifier } from './classify-reply.ts';
import { parseReply } from './smtp-reply.ts';

test('a reply of one line or several gives its code, its enhanced code and its text', () => {
  assert.deepEqual(parseReply('250 2.0.0 OK queued as 4F2'), {
    code: 250,
    enhanced: '2.0.0',
    lines: ['OK queued as 4F2'],
    text: '250 2.0.0 OK queued as 4F2',
  });
  assert.deepEqual(parseReply('550-5.1.1 No such\r\n550 5.1.1 user here.\r\n'), {
    code: 550,
    enhanced: '5.1.1',
    lines: ['No such', 'user here.'],
    text: '550-5.1.1 No such 550 5.1.1 user here.',
  });
  assert.deepEqual(parseReply('250'), { code: 250, lines: [''], text: '250' });
  assert.equal(parseReply('554 #5.7.1: refused').enhanced, '5.7.1');
  assert.equal(parseReply('550 Sorry, no mailbox here by that name. (#5.1.1)').enhanced, '5.1.1');
  assert.equal(parseReply('550 mx4 5.1.1 <a@example.com>... unknown').enhanced, '5.1.1');
  assert.equal(parseReply('550 5.1.1.2 is an address, not a code').enhanced, undefined);
  assert.equal(parseReply('550 refused by Exim 4.9.8').enhanced, undefined);
});

test('F22: what is no reply has no code', () => {
  for (const raw of [
    '',
    '\r\n',
    'garbage',
    '25',
    '2500 x',
    '250x',
    'HTTP/1.1 200 OK',
    '250-a\r\n550 b',
    'x\r\n250 ok',
  ]) {
    assert.equal(parseReply(raw).code, null, JSON.stringify(raw));
  }
});

test('F28, X01: a reply of a megabyte, controls and overrides is kept short and clean', () => {
  const { text, lines } = parseReply(`550 a\0\u001b[31m\u202eb\u2028c ${'🎉'.repeat(500_000)}`);

  assert.ok(text.length <= 1_000 && text.isWellFormed());
  assert.match(`${text}${lines.join('')}`, /^[^\p{Cc}\u202e\u2028]*$/u);
});

test('F21, F22: the first digit decides, and what is not understood is tried again', () => {
  const kinds: Record<string, string> = {
    '250 ok': 'delivered',
    '251 will forward': 'delivered',
    '299 odd': 'delivered',
    '354 go on': 'deferred',
    '421 4.3.2 closing': 'deferred',
    '450 5.1.1 contradicts itself': 'deferred',
    '499 odd': 'deferred',
    '550 4.7.1 contradicts itself': 'bounced',
    '599 odd': 'bounced',
    '777 odd': 'deferred',
    '000 odd': 'deferred',
    garbage: 'deferred',
    '': 'deferred',
  };

  for (const [raw, kind] of Object.entries(kinds))
    assert.equal(classifyReply(parseReply(raw)).kind, kind, raw);
});

test('F21: the class decides whether the address is blamed, whatever the code', () => {
  const isFault = (raw: string): boolean => {
    const outcome = classifyReply(parseReply(raw));
    return outcome.kind === 'bounced' && outcome.isAddressFault;
  };

  for (const raw of [
    '550 5.1.1 x',
    '550 5.1.3 x',
    '550 5.1.10 x',
    '550 5.2.1 x',
    '550 User unknown',
    '554 5.7.1 No such user',
    '550 5.5.0 Requested action not taken: mailbox unavailable',
    '551 That mailbox has been closed',
  ]) {
    assert.equal(isFault(raw), true, raw);
  }
  for (const raw of [
    '550 5.1.2 x',
    '550 5.7.1 x',
    '552 5.2.2 full',
    '450 5.1.1 x',
    '552 5.1.1 recipient rejected - extended quota violation',
    '550 5.1.1 user unknown, your address is blocked using zen.spamhaus.org',
    '550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents more',
  ]) {
    assert.equal(isFault(raw), false, raw);
  }
});

test('F21: a refusal is only tried again where it speaks of our address or of the moment', () => {
  const actionOf = (raw: string) => {
    const outcome = classifyReply(parseReply(raw));
    return outcome.kind === 'deferred' ? outcome.action : outcome.kind;
  };

  assert.equal(
    actionOf('554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org'),
    'retry-from-another-ip',
  );
  assert.equal(actionOf('550 5.7.25 no PTR'), 'retry-from-another-ip');
  assert.equal(actionOf('550 5.5.3 Too many recipients'), 'retry');
  assert.equal(actionOf('550 Greylisted'), 'retry');
  assert.equal(actionOf('550 5.7.1 rate limited'), 'suspend');
  for (const raw of ['550 5.1.1 x', '552 5.2.2 full', '550 5.7.1 spam', '550 try again later', '550 5.3.0 x'])
    assert.equal(actionOf(raw), 'bounced', raw);
});

test('a suspension lasts as its rule says, or five minutes', () => {
  const minutesOf = (raw: string) => {
    const outcome = classifyReply(parseReply(raw));
    return outcome.kind === 'deferred' && outcome.suspendMs !== undefined && outcome.suspendMs / 60_000;
  };

  assert.equal(
    minutesOf('421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints'),
    60,
  );
  assert.equal(minutesOf('421 Too many connections'), 5);
  assert.equal(minutesOf('451 4.7.1 Greylisted'), false);
});

test('hard is what HubSpot counts as hard', () => {
  const isHard = (raw: string) => {
    const outcome = classifyReply(parseReply(raw));
    return outcome.kind === 'bounced' && outcome.isHard;
  };

  for (const raw of ['550 5.1.1 x', '550 5.7.1 spam', '550 5.7.1 x', '554 5.6.0 x'])
    assert.equal(isHard(raw), true, raw);
  for (const raw of ['552 5.2.2 x', '550 5.7.26 x', '554 x', '450 5.1.1 x'])
    assert.equal(isHard(raw), false, raw);
});

test('rules of an operator go before ours, and the outcome names the rule', () => {
  const classify = createReplyClassifier([
    { id: 'house-full', class: 'throttled', says: ['the house is full'], suspendMinutes: 15 },
    { id: 'own-5.1.1', class: 'policy', enhanced: ['5.1.1'] },
  ]);

  assert.partialDeepStrictEqual(classify(parseReply('550 5.2.2 The house is full')), {
    ...{ kind: 'deferred', rule: 'house-full', action: 'suspend', suspendMs: 900_000 },
  });
  assert.partialDeepStrictEqual(classify(parseReply('550 5.1.1 no')), {
    rule: 'own-5.1.1',
    category: 'POLICY',
  });
  assert.partialDeepStrictEqual(classify(parseReply('550 5.2.2 full')), { class: 'mailbox-full' });
});

test("a refusal has one of HubSpot's categories", () => {
  const categories: Record<string, string> = {
    '550 5.1.1 The account does not exist': 'UNKNOWN_USER',
    '550 User unknown in virtual table': 'UNKNOWN_USER',
    '550 No such user': 'UNKNOWN_USER',
    '552 5.2.2 Mailbox full': 'MAILBOX_FULL',
    '452 4.2.2 over quota': 'MAILBOX_FULL',
    '550 5.1.2 bad domain': 'DNS_FAILURE',
    '451 4.7.1 Greylisting in action, come back later': 'GREYLISTING',
    '450 4.2.0 Recipient address rejected: Greylisted': 'GREYLISTING',
    '421 4.7.28 unusual rate of mail': 'THROTTLED',
    '450 4.2.1 receiving mail too quickly': 'THROTTLED',
    '550 5.7.26 unauthenticated': 'DMARC',
    '550 5.7.1 rejected by the DMARC policy': 'DMARC',
    '550 5.7.1 [192.0.2.1] is on a blocklist': 'IP_REPUTATION',
    '550 5.7.606 Access denied, banned sending IP': 'IP_REPUTATION',
    '550 5.7.1 looks like spam': 'SPAM',
    '550 5.7.1 no': 'POLICY',
    '550 5.7.25 no PTR': 'SENDING_DOMAIN_MISCONFIGURATION',
    '554 5.6.0 bad content': 'CONTENT',
    '451 4.3.0 try later': 'TEMPORARY_PROBLEM',
    '421 closing': 'TEMPORARY_PROBLEM',
    '451 4.4.2 x': 'TIMEOUT',
    '554 no': 'UNCATEGORIZED',
    '550 5.9.9 no': 'UNCATEGORIZED',
    garbage: 'TEMPORARY_PROBLEM',
  };

  for (const [raw, category] of Object.entries(categories)) {
    const outcome = classifyReply(parseReply(raw));
    assert.equal(outcome.kind !== 'delivered' && outcome.category, category, raw);
  }
});

test('F22: no reply makes the parser or the classifier throw', () => {
  const digits = fc.integer({ min: 0, max: 9_999 }).map(String);
  const raws = fc
    .tuple(fc.oneof(digits, fc.string()), fc.string({ unit: 'binary' }))
    .map((parts) => parts.join(' '));

  fc.assert(
    fc.property(raws, (raw) => {
      const outcome = classifyReply(parseReply(raw));
      if (outcome.kind !== 'delivered') assert.ok(bounceCategories.includes(outcome.category));
    }),
    { numRuns: 1_000 },
  );
});
