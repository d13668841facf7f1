import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { DispatchItem, type SubmissionItem } from '@posthorn/contracts';
import { type BagContext, done, type Postbox, type Taken } from '@posthorn/queue';
import { Fault } from '@posthorn/runtime';
import type { RenderAccount } from '../account-scope.ts';
import {
  acceptedAtMs,
  account,
  aMessage,
  aSubmission,
  emailId,
  refusingContacts,
  shopKeys,
} from '../fixture.ts';
import type { RunSubmittedTask } from '../submitted/write-on-threads.ts';
import { fakeSubmitDeps, type Given } from '../testing/submit-deps.ts';
import { createSubmit } from './submit.ts';

test('each To is a send of its own, Cc and Bcc share the copy of the first, and all of it is the campaign’s', async () => {
  const { submit, posted } = setUp();
  const raw = aMessage({ headers: 'Cc: C@x.test\r\nReply-To: help@shop.test\r\n' });
  const item = toMany(2, { copies: ['c@x.test', 'hidden@x.test'], raw });
  const [first = '', second = ''] = item.sends.map(({ statusId }) => statusId);

  assert.deepEqual(await submit([item]), [done]);

  assert.deepEqual(
    posted.dispatch.map(({ id, recipients }) => [
      id,
      ...recipients.map(({ deliveryId, address }) => `${deliveryId} ${address}`),
    ]),
    [
      [`${first}-t`, `${first}:0 u0@example.com`],
      [`${second}-t`, `${second}:0 u1@example.com`],
      [`${first}-u`, `${first}:1 c@x.test`, `${first}:2 hidden@x.test`],
    ],
  );
  assert.deepEqual(
    posted.events.map((event) => event.type === 'SENT' && [event.statusId, event.emailId, event.recipient]),
    [
      [first, emailId, 'u0@example.com'],
      [second, emailId, 'u1@example.com'],
    ],
  );
  const [sent] = posted.events;
  assert.ok(sent?.type === 'SENT');
  assert.deepEqual(
    [sent.cc, sent.bcc, sent.replyTo, sent.from],
    [['c@x.test'], ['hidden@x.test'], ['help@shop.test'], 'Shop <orders@shop.test>'],
  );
});

const drops: readonly (readonly [string, Partial<SubmissionItem>, Given, string])[] = [
  ['an account that is suspended', {}, { account: { ...account, isSuspended: true } }, 'PORTAL_SUSPENDED'],
  ['an account that is gone', {}, { account: null }, 'CORRUPT_INPUT'],
  [
    'a domain that is not verified any more',
    { raw: 'From: a@other.test\r\n\r\nx' },
    {},
    'UNCONFIGURED_SENDING_DOMAIN',
  ],
  ['a From that is nobody', { raw: 'From: a, b\r\n\r\nx' }, {}, 'INVALID_FROM_ADDRESS'],
  [
    'a header of two megabytes',
    { raw: `From: a@shop.test\r\nX: ${'x'.repeat(2_000_000)}\r\n\r\nx` },
    {},
    'CORRUPT_INPUT',
  ],
  [
    'a To that is no address',
    { sends: [{ statusId: randomUUID(), to: 'nobody' }] },
    {},
    'INVALID_TO_ADDRESS',
  ],
];

for (const [what, fields, given, reason] of drops) {
  test(`${what} → DROPPED ${reason}`, async () => {
    const { submit, posted } = setUp(given);
    const item = aSubmission(fields);

    assert.deepEqual(await submit([item]), [done]);

    const [event] = posted.events;
    assert.ok(event?.type === 'DROPPED' && event.dropReason === reason);
    assert.deepEqual([event.statusId, posted.dispatch], [item.sends[0]?.statusId, []]);
  });
}

test('a recipient on the list of an account that asks for it is dropped alone; the copies go with the next', async () => {
  const settings = { ...account.settings, refuseHardBounced: true };
  const { submit, posted, written } = setUp({
    account: { ...account, settings },
    listed: { 'u0@example.com': { bounce: {} } },
  });
  const item = toMany(2, { copies: ['c@x.test'] });

  await submit([item]);

  const second = item.sends[1]?.statusId;
  assert.deepEqual(
    posted.dispatch.map(({ id }) => id),
    [`${second}-t`, `${second}-u`],
  );
  assert.deepEqual(
    posted.events.map(({ type }) => type),
    ['DROPPED', 'SENT'],
  );
  assert.deepEqual(written, ['u1@example.com']);
});

test('an address put on the list by hand gets no submitted mail either, without a setting', async () => {
  const { submit, posted } = setUp({ listed: { 'jane@example.com': { manual: {} } } });

  assert.deepEqual(await submit([aSubmission()]), [done]);

  const [event] = posted.events;
  assert.equal(event?.type === 'DROPPED' && event.dropReason, 'BLOCKED_ADDRESS');
  assert.deepEqual(posted.dispatch, []);
});

test('an opt-out, quarantine, missing double opt-in, or complaint does not stop submitted mail', async () => {
  const complained = { 'jane@example.com': { complaint: {} } };
  for (const given of [{ listed: complained }, ...refusingContacts.map((stored) => ({ stored }))]) {
    const { submit, posted } = setUp(given);

    assert.deepEqual(await submit([aSubmission()]), [done]);

    assert.equal(posted.events.at(-1)?.type, 'SENT');
    assert.notEqual(posted.dispatch.length, 0);
  }
});

test('contacts are made where the token says so, and only there', async () => {
  const { submit, written } = setUp();

  await submit([aSubmission({ createContact: false })]);
  assert.deepEqual(written, []);
  await submit([aSubmission()]);
  assert.deepEqual(written, ['jane@example.com']);
});

test('while MongoDB is away known accounts’ mail goes and its contacts ride the events lane', async () => {
  const { submit, posted } = setUp({ contactsAway: true });

  assert.deepEqual(await submit([aSubmission()]), [done]);

  assert.deepEqual(
    posted.events.map(({ type }) => type),
    ['CONTACT', 'SENT'],
  );
});

const wishes: readonly (readonly [string | undefined, Partial<RenderAccount['settings']>, string])[] = [
  [undefined, {}, 'open click'],
  ['all', {}, 'open click'],
  ['opens', {}, 'open'],
  ['clicks', {}, 'click'],
  ['none', {}, ''],
  ['no thanks', {}, ''],
  ['all', { trackOpens: false }, 'click'],
  [undefined, { trackClicks: false }, 'open'],
];

for (const [wish, settings, tracked] of wishes) {
  test(`X-Posthorn-Track: ${wish ?? 'absent'} with ${JSON.stringify(settings)} tracks: ${tracked || 'nothing'}`, async () => {
    const { submit, posted } = setUp({
      account: { ...account, settings: { ...account.settings, ...settings } },
    });
    const headers = wish === undefined ? '' : `X-Posthorn-Track: ${wish}\r\n`;

    await submit([aSubmission({ raw: aMessage({ headers }) })]);

    const rendition = posted.dispatch[0]?.rendition ?? '';
    const found = [rendition.includes('/t/o/') && 'open', rendition.includes('/t/c/') && 'click'];
    assert.equal(found.filter(Boolean).join(' '), tracked);
    assert.doesNotMatch(rendition, /X-Posthorn-Track/);
  });
}

test('a link that is one of ours already is not wrapped again, also one of another name of ours', async () => {
  const { submit, posted } = setUp();
  await submit([aSubmission()]);
  const [, token = ''] = /\/t\/c\/([\w-]+)/.exec(posted.dispatch[0]?.rendition ?? '') ?? [];
  const html = `<a href="https://t.test/t/c/x">1</a><a href="https://old.shop.test/t/c/${token}">2</a>`;

  await submit([aSubmission({ raw: aMessage({ html }) })]);

  assert.ok(posted.dispatch[1]?.rendition.includes(html));
});

test('a message posted twice leaves once, without a word; one that is run again after a crash has the same bytes', async () => {
  const { submit, posted } = setUp();
  const item = aSubmission({ requestKey: 'r' });

  await submit([item]);
  assert.deepEqual(await submit([item], { originBagId: 'bag2' }), [done]);
  assert.equal(posted.dispatch.length, 1);

  await submit([item]);
  assert.equal(posted.dispatch[0]?.rendition, posted.dispatch[1]?.rendition);
  assert.equal(posted.events[0]?.id, posted.events[1]?.id);
});

test('another message with the same key is dropped: IDEMPOTENT_IGNORE, or IDEMPOTENT_FAIL after a drop', async () => {
  const { submit, posted } = setUp();

  await submit([aSubmission({ requestKey: 'a' }), aSubmission({ requestKey: 'b', raw: 'From: x\r\n\r\n' })]);
  await submit([aSubmission({ requestKey: 'a' }), aSubmission({ requestKey: 'b' })]);

  const reasons = posted.events.map((event) => (event.type === 'DROPPED' ? event.dropReason : event.type));
  assert.deepEqual(reasons.toSorted(), [
    'IDEMPOTENT_FAIL',
    'IDEMPOTENT_IGNORE',
    'INVALID_FROM_ADDRESS',
    'SENT',
  ]);
});

test('F53: while the key of a domain cannot be read its mail waits', async () => {
  const broken = setUp({ keys: new Fault('misconfigured', 'seal') });
  const unreadable = setUp({ keys: shopKeys.map((key) => ({ ...key, privateKeyPem: 'x' })) });

  for (const { submit, posted } of [broken, unreadable]) {
    const [verdict] = await submit([aSubmission()]);
    assert.deepEqual(verdict, { kind: 'retry', delayMs: 60_000, reason: 'DKIM key cannot be read' });
    assert.deepEqual(
      [posted.events, posted.dispatch],
      [[], []].map((none) => none.filter(() => false)),
    );
  }
});

test('H07: a message that takes too long to read leaves signed and untracked', async () => {
  const { submit, posted } = setUp({ isTooSlow: (headerOnly) => !headerOnly });

  assert.deepEqual(await submit([aSubmission()]), [done]);

  const rendition = posted.dispatch[0]?.rendition ?? '';
  assert.match(rendition, /^DKIM-Signature/);
  assert.doesNotMatch(rendition, /\/t\/[co]\/|hidden@x\.test/);
});

test('one that ends its thread even so is dropped with a reason; the others of its batch go on', async () => {
  const { submit, posted } = setUp({ isTooSlow: (_, raw) => raw.includes('slow') });

  await submit([aSubmission({ raw: aMessage({ html: 'slow' }) }), aSubmission()]);

  assert.deepEqual(
    posted.events.map((event) => (event.type === 'DROPPED' ? event.dropReason : event.type)),
    ['CORRUPT_INPUT', 'SENT'],
  );
});

test('one on which our own code throws is left untracked, and parked where that throws too', async () => {
  const throws =
    (message: string): RunSubmittedTask =>
    async ({ messages }) => ({
      kind: 'done',
      result: messages.map(() => ({ kind: 'threw', reason: message })),
    });
  const { submit, posted } = setUp({ run: throws('bug') });

  assert.deepEqual(await submit([aSubmission()]), [{ kind: 'park', reason: 'writing its copies threw' }]);
  assert.deepEqual(posted.events, []);
});

test('nothing reaches dispatch when the events cannot be posted', async () => {
  const { submit, posted } = setUp({ eventsFail: true });

  await assert.rejects(submit([aSubmission()]), { code: 'unavailable' });
  assert.deepEqual(posted.dispatch, []);
});

test('a message to more recipients than memory should hold goes in slices; only the last one ends it', async () => {
  const { submit, posted } = setUp();
  const raw = aMessage({ html: 'x'.repeat(900_000) });

  assert.deepEqual(await submit([toMany(5, { raw, copies: ['c@x.test'] }), aSubmission()]), [done, done]);

  assert.deepEqual(
    posted.bags.map(({ items, isFinal }) => [items, isFinal]),
    [
      [3, false],
      [2, false],
      [1, true],
      [1, true],
    ],
  );
  assert.equal(new Set(posted.bags.map(({ id }) => id)).size, 4);
});

function setUp(given: Given = {}) {
  const { deps, reported, written } = fakeSubmitDeps(given);
  const posted = { events: reported, dispatch: [] as DispatchItem[], bags: [] as Bag[] };
  const handle = createSubmit({ ...deps, dispatch: { of: () => fakeBox } });
  const submit = async (items: SubmissionItem[], fields: Partial<Taken<SubmissionItem>> = {}) => {
    const verdicts = await handle(
      items.map((item) => ({ ...takenOf(item), ...fields })),
      contextOf(posted),
    );
    return items.map(({ id }) => (verdicts instanceof Map ? verdicts.get(id) : undefined));
  };
  return { submit, posted, written };
}

type Bag = { id: string; items: number; isFinal: boolean };

const fakeBox: Postbox<DispatchItem> = {
  post: async () => undefined,
  postAll: async () => undefined,
  isHealthy: () => async () => ({ ok: true }),
  derived: (bagId, ...parts) => ({
    bagId: [bagId, ...parts].join(),
    postedKey: '',
    post: async () => undefined,
  }),
  [Symbol.asyncDispose]: async () => undefined,
};

function contextOf(posted: { dispatch: DispatchItem[]; bags: Bag[] }): BagContext {
  return {
    ...{ bagId: 'bag1', signal: new AbortController().signal },
    ...{ settle: async () => undefined, isLeaseFresh: () => true },
    postNext: async (box, items, sources, { isFinal = true } = {}) => {
      if (items.length === 0) return;
      posted.dispatch.push(...items.map((item) => DispatchItem.parse(item)));
      posted.bags.push({ id: `${box.derived?.('bag1').bagId} ${sources}`, items: items.length, isFinal });
    },
  };
}

function takenOf(item: SubmissionItem): Taken<SubmissionItem> {
  return {
    ...{ id: item.id, item, attempt: 1, originBagId: 'bag1' },
    ...{ firstPostedAtMs: acceptedAtMs, crashes: 0 },
  };
}

function toMany(count: number, fields: Partial<SubmissionItem> = {}): SubmissionItem {
  const sends = Array.from({ length: count }, (_, index) => ({
    ...{ statusId: randomUUID(), to: `u${index}@example.com` },
  }));
  return aSubmission({ id: sends[0]?.statusId ?? '', sends, ...fields });
}
