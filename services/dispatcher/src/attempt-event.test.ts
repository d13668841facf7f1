import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DispatchItem } from '@posthorn/contracts';
import { createReplyClassifier, defaultRetrySchedule } from '@posthorn/mail';
import { type Attempt, attemptEventOf, type RetryRules } from './attempt-event.ts';
import { broken, type Outcome, outcomeOfReply, refused } from './outcome.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const atMs = Date.UTC(2026, 10, 21);
const statusId = '0190f3c0-0000-8000-8000-000000000001';

test('F21 what a refusal was taken for is in the event, and hard is what HubSpot counts as hard', () => {
  assert.partialDeepStrictEqual(eventOf('550 5.1.1 no such user'), {
    ...{ type: 'BOUNCE', class: 'unknown-recipient', category: 'UNKNOWN_USER', hard: true, status: '5.1.1' },
  });
  assert.partialDeepStrictEqual(eventOf('552 5.2.2 mailbox full'), {
    ...{ type: 'BOUNCE', class: 'mailbox-full', category: 'MAILBOX_FULL', hard: false },
  });
});

test('a refusal that blames the address we send from is tried again, until it runs out of time', () => {
  const reply = '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org';

  assert.partialDeepStrictEqual(eventOf(reply), {
    ...{
      type: 'DEFERRED',
      class: 'ip-blocked',
      category: 'IP_REPUTATION',
      nextAttemptAtMs: atMs + 5 * minuteMs,
    },
  });
  assert.partialDeepStrictEqual(eventOf(reply, {}, { firstPostedAtMs: atMs - 48 * hourMs }), {
    ...{ type: 'BOUNCE', class: 'ip-blocked', category: 'TIMEOUT', hard: false },
  });
});

test('F19 a wait that the reply names is kept to', () => {
  assert.partialDeepStrictEqual(eventOf('451 Greylisted, please try again in 900 seconds'), {
    ...{ type: 'DEFERRED', class: 'greylisted', nextAttemptAtMs: atMs + 15 * minuteMs },
  });
  assert.partialDeepStrictEqual(eventOf('450 4.2.0 greylisted for 60 seconds'), {
    nextAttemptAtMs: atMs + minuteMs,
  });
});

test('a delivery to a site that is suspended waits as long as the suspension', () => {
  const reply = '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints';

  assert.partialDeepStrictEqual(eventOf(reply), {
    ...{ type: 'DEFERRED', class: 'throttled', nextAttemptAtMs: atMs + 60 * minuteMs },
  });
});

test("a domain's own schedule goes before that of all others", () => {
  const slow = { ...defaultRetrySchedule, delaysMs: [hourMs] as const };
  const rules = { domainSchedules: new Map([['example.org', slow]]) };
  const nextOf = (recipient: string) => eventOf('451 4.3.0 x', rules, { recipient });

  assert.partialDeepStrictEqual(nextOf('ann@Example.org'), { nextAttemptAtMs: atMs + hourMs });
  assert.partialDeepStrictEqual(nextOf('ann@example.net'), { nextAttemptAtMs: atMs + 5 * minuteMs });
});

test("an operator's rules decide before ours, and only about the words of a peer", () => {
  const classify = createReplyClassifier([
    { id: 'own', class: 'throttled', says: ['no such user'], suspendMinutes: 10 },
  ]);
  const says = 'no such user';

  assert.partialDeepStrictEqual(eventOf(`550 5.1.1 ${says}`, { classify }), {
    ...{ type: 'DEFERRED', class: 'throttled', nextAttemptAtMs: atMs + 10 * minuteMs },
  });
  assert.partialDeepStrictEqual(eventOf(refused('5.1.3', 'UNKNOWN_USER', says), { classify }), {
    type: 'BOUNCE',
  });
});

test('an outcome of our own has no class', () => {
  const events = [
    broken('4.4.1', 'TIMEOUT', 'no answer'),
    refused('5.1.2', 'DNS_FAILURE', 'no such domain'),
  ].map((outcome) => eventOf(outcome));

  assert.deepEqual(
    events.map((event) => [event.type, event.class]),
    [
      ['DEFERRED', undefined],
      ['BOUNCE', undefined],
    ],
  );
});

function eventOf(said: string | Outcome, rules: Partial<RetryRules> = {}, made: Partial<Attempt> = {}) {
  const outcome = typeof said === 'string' ? outcomeOfReply(said) : said;
  assert.ok(outcome.kind !== 'withheld');
  const attempt: Attempt = {
    ...{ item, deliveryId: `${statusId}:0`, recipient: 'ann@example.org' },
    ...{ attempt: 1, firstPostedAtMs: atMs, atMs, ambiguousCount: 0 },
    ...made,
  };
  const schedule = { ...defaultRetrySchedule, jitterShare: 0 };
  return attemptEventOf(outcome, attempt, { schedule, ambiguousMax: 2, random: () => 0, ...rules });
}

const item: DispatchItem = {
  ...{ id: `${statusId}-t`, statusId, accountId: 1, emailId: 2, acceptedAtMs: atMs },
  returnPath: 'b@bounce.example',
  recipients: [{ deliveryId: `${statusId}:0`, address: 'ann@example.org' }],
  ...{ rendition: 'Subject: x\r\n\r\nx', smtpUtf8: false },
  ...{ expiresAtMs: atMs + 72 * hourMs, onAmbiguous: 'retry' },
};
