import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SendWaiting } from '@posthorn/contracts';
import { createFakeClock } from '@posthorn/runtime';
import type { Noted } from '@posthorn/shaping';
import type { DeliveryRecord, SendRecord } from '@posthorn/store';
import { anEvent } from '@posthorn/testing';
import { call, startTestGateway } from '../testing/test-gateway.ts';

const acceptedAtMs = Date.UTC(2026, 7, 2, 10);
const minuteMs = 60_000;
const to = 'jane@example.com';

test('a send that is not made into a message yet waits for that', async () => {
  await using world = await setUp();

  assert.deepEqual(await world.waiting(), {
    statusId: world.statusId,
    status: 'PENDING',
    requestedAt: '2026-08-02T10:00:00.000Z',
    waiting: [{ waitsFor: 'rendering', text: 'It was accepted and waits to be made into a message.' }],
  });
});

test('a send that nobody tried to deliver yet waits for a dispatcher, and so do its copies', async () => {
  await using world = await setUp();
  world.record({ sent: sentTo({ cc: ['joe@example.com'] }), deliveries: [] });

  const { status, waiting } = await world.waiting();

  assert.equal(status, 'COMPLETE');
  assert.deepEqual(waiting, [
    {
      deliveryId: `${world.statusId}:0`,
      recipient: to,
      waitsFor: 'dispatch',
      text: 'It waits for a free dispatcher.',
    },
    { waitsFor: 'dispatch', text: 'The copies wait for a free dispatcher.' },
  ]);
});

test('B1: what waits for a site says which rule made it so, and until when', async () => {
  await using world = await setUp();
  world.record({ sent: sentTo(), deliveries: [] });
  world.note({ deliveryId: `${world.statusId}:0` });

  const { waiting } = await world.waiting();

  assert.deepEqual(waiting, [
    {
      deliveryId: `${world.statusId}:0`,
      recipient: to,
      waitsFor: 'shaping',
      text: 'google.com gets nothing from this address',
      rule: 'google.com.held-for-spam',
      until: '2026-08-02T11:00:00.000Z',
      ip: '192.0.2.1',
      site: 'google.com',
    },
  ]);
});

test('waits for warm-up, for an address and for the next attempt are told apart', async () => {
  for (const [rule, waitsFor] of [
    ['warmup.google.com', 'warmup'],
    ['pool.same-ip', 'address'],
    ['pool.no-usable-ip', 'address'],
    ['retries.greylisted', 'retry'],
    ['retries.no-answer', 'retry'],
    ['defaults.connections', 'shaping'],
  ] as const) {
    await using world = await setUp();
    world.record({ sent: sentTo(), deliveries: [] });
    world.note({ rule });
    assert.equal((await world.waiting()).waiting[0]?.waitsFor, waitsFor);
  }
});

test('what the receiver put off says what it said, and when it is tried again', async () => {
  await using world = await setUp();
  world.record({ sent: sentTo(), deliveries: [deferred] });
  world.happened({ class: 'greylisted', ip: '192.0.2.1', site: 'mx.example.com' });

  const { waiting } = await world.waiting();

  assert.deepEqual(waiting, [
    {
      deliveryId: `${world.statusId}:0`,
      recipient: to,
      waitsFor: 'retry',
      text: 'Attempt 2 was put off by the receiver; the next one follows its schedule.',
      until: '2026-08-02T10:15:00.000Z',
      ip: '192.0.2.1',
      site: 'mx.example.com',
      lastAttempt: {
        attempt: 2,
        at: '2026-08-02T10:05:00.000Z',
        reply: '451 4.7.1 greylisted',
        class: 'greylisted',
        nextAttemptAt: '2026-08-02T10:15:00.000Z',
      },
    },
  ]);
});

test('an attempt that the dispatcher noted is a retry, with what was answered once that is recorded', async () => {
  await using world = await setUp();
  const text = 'The receiver answered (greylisted) at attempt 2; it is tried again then.';
  const untilMs = acceptedAtMs + 15 * minuteMs;
  world.record({ sent: sentTo(), deliveries: [] });
  world.note({ rule: 'retries.greylisted', text, untilMs, notedAtMs: acceptedAtMs + 5 * minuteMs + 1 });
  world.clock.advance(14 * minuteMs);
  const [noted] = (await world.waiting()).waiting;

  world.record({ sent: sentTo(), deliveries: [deferred] });
  const [recorded] = (await world.waiting()).waiting;

  assert.partialDeepStrictEqual(noted, { waitsFor: 'retry', rule: 'retries.greylisted', text });
  assert.equal(noted?.until, '2026-08-02T10:15:00.000Z');
  assert.equal(noted?.lastAttempt, undefined);
  assert.partialDeepStrictEqual(recorded, { waitsFor: 'retry', rule: 'retries.greylisted', text });
  assert.partialDeepStrictEqual(recorded?.lastAttempt, { attempt: 2, reply: '451 4.7.1 greylisted' });
});

test('of a reply and a wait the later one counts, and the reply is still told', async () => {
  await using world = await setUp();
  world.record({ sent: sentTo(), deliveries: [deferred] });
  world.note({ notedAtMs: acceptedAtMs + 4 * minuteMs });
  world.clock.advance(5 * minuteMs);
  const before = await world.waiting();

  world.note({ notedAtMs: acceptedAtMs + 6 * minuteMs });
  world.clock.advance(minuteMs);
  const after = await world.waiting();

  assert.equal(before.waiting[0]?.waitsFor, 'retry');
  assert.equal(after.waiting[0]?.waitsFor, 'shaping');
  assert.equal(after.waiting[0]?.lastAttempt?.attempt, 2);
});

test('a note that nobody repeated is of a wait that is over', async () => {
  await using world = await setUp();
  world.record({ sent: sentTo(), deliveries: [] });
  world.note({});
  world.clock.advance(7 * minuteMs);

  assert.equal((await world.waiting()).waiting[0]?.waitsFor, 'dispatch');
});

test('deliveries that ended wait for nothing; those of a send that is over are none', async () => {
  await using world = await setUp();
  const attempt = { atMs: 1, eventId: 'e', attempt: 1, response: '', status: '', mx: '' };
  const ended: DeliveryRecord[] = [
    { index: 0, state: 'delivered', recipient: to, delivered: attempt },
    { index: 1, state: 'bounced', recipient: 'joe@example.com' },
    { index: 2, state: 'unknown', recipient: 'jim@example.com' },
  ];
  world.record({ sent: sentTo({ cc: ['joe@example.com', 'jim@example.com'] }), deliveries: ended });
  world.note({});

  assert.deepEqual((await world.waiting()).waiting, []);
});

test('a send that was dropped waits for nothing', async () => {
  await using world = await setUp();
  const { recipient, ...headers } = sentTo();
  world.record({
    dropped: { ...headers, recipient, dropReason: 'PREVIOUSLY_BOUNCED', dropMessage: '' },
    deliveries: [],
  });

  assert.deepEqual((await world.waiting()).waiting, []);
});

test('A04: an unknown id and another account’s are 404, as for the status', async () => {
  await using world = await setUp();

  for (const id of ['nothing', world.gateway.statusIds.issue(2, acceptedAtMs)])
    assert.equal((await call(world.gateway, `GET /v1/sends/${id}/waiting`)).status, 404);
  const key = world.gateway.addKey(1, ['content']);
  assert.equal((await call(world.gateway, `GET /v1/sends/${world.statusId}/waiting`, { key })).status, 403);
});

test('while Redis or MongoDB is away it answers 503, not that nothing waits', async () => {
  for (const away of ['redis', 'mongodb'] as const) {
    await using world = await setUp();
    await world.waiting();
    world.gateway.away[away] = true;
    assert.equal((await call(world.gateway, `GET /v1/sends/${world.statusId}/waiting`)).status, 503);
  }
});

const deferred: DeliveryRecord = {
  index: 0,
  state: 'deferred',
  recipient: to,
  deferred: {
    ...{ atMs: acceptedAtMs + 5 * minuteMs, eventId: 'e', attempt: 2, status: '4.7.1', mx: 'mx.example.com' },
    ...{ response: '451 4.7.1 greylisted', category: 'GREYLISTING' },
    nextAttemptAtMs: acceptedAtMs + 15 * minuteMs,
  },
};

function sentTo({ cc = [] }: { cc?: string[] } = {}) {
  return {
    ...{ atMs: acceptedAtMs, eventId: 'e', recipient: to, acceptedAtMs, startedAtMs: acceptedAtMs },
    ...{ subject: '', from: '', replyTo: [], cc, bcc: [], sendId: '' },
  };
}

async function setUp() {
  const clock = createFakeClock(acceptedAtMs);
  const gateway = await startTestGateway({ clock });
  const statusId = gateway.statusIds.issue(1, acceptedAtMs);
  return {
    ...{ gateway, clock, statusId },
    record: (facts: Pick<SendRecord, 'deliveries'> & Partial<SendRecord>) =>
      gateway.recorded.set(`1:${statusId}`, {
        ...{ statusId, accountId: 1, emailId: 42, opens: {}, clicks: {} },
        view: { statusId, status: 'COMPLETE', sendResult: 'SENT' },
        ...facts,
      }),
    note: (note: Partial<Noted>) =>
      gateway.notes.set(statusId, [
        {
          ...{ rule: 'google.com.held-for-spam', text: 'google.com gets nothing from this address' },
          ...{ ip: '192.0.2.1', site: 'google.com', untilMs: acceptedAtMs + 60 * minuteMs },
          ...{ notedAtMs: acceptedAtMs, ...note },
        },
      ]),
    happened: (extra: { class: string; ip: string; site: string }) =>
      gateway.events.push(
        anEvent('DEFERRED', { statusId, deliveryId: `${statusId}:0`, attempt: 2, recipient: to, ...extra }),
      ),
    waiting: async () => {
      const { status, body } = await call(gateway, `GET /v1/sends/${statusId}/waiting`);
      assert.equal(status, 200);
      return SendWaiting.parse(body);
    },
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}
