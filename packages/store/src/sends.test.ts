import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import type { Event } from '@posthorn/contracts';
import { anEvent, eventTimeMs, withTestStore } from '@posthorn/testing';
import type { SendRecord } from './send-record.ts';

const store = await withTestStore();
after(() => store[Symbol.asyncDispose]());

const accountId = 20_000_001;

test('every order of the same events, with repeats, makes the same send', async () => {
  const expected = await recordOf(journey(randomUUID()));

  for (const order of permutations([0, 1, 2, 3, 4, 5])) {
    const events = journey(randomUUID());
    const repeated = order
      .flatMap((index) => [events[index], events[(index * 2) % 5]])
      .filter((event) => !!event);
    await store.sends.apply(repeated);
    const record = await store.sends.find(accountId, events[0]?.statusId ?? '');
    assert.deepEqual(withoutIds(record), withoutIds(expected), `order ${order}`);
  }
});

test('a send that several writers record at once is whole', async () => {
  const events = journey(randomUUID());

  await Promise.all([...events, ...events].map((event) => store.sends.apply([event])));

  const [first] = events;
  assert.deepEqual(
    withoutIds(await store.sends.find(accountId, first?.statusId ?? '')),
    withoutIds(await recordOf(journey(randomUUID()))),
  );
});

test('the status view follows the facts: processing, then complete with its sent event', async () => {
  const statusId = randomUUID();
  await store.sends.apply([anEvent('PROCESSED', { statusId })]);
  assert.equal((await store.sends.find(accountId, statusId))?.view.status, 'PROCESSING');

  const sent = anEvent('SENT', { statusId });
  await store.sends.apply([sent]);

  assert.deepEqual((await store.sends.find(accountId, statusId))?.view, {
    statusId,
    status: 'COMPLETE',
    requestedAt: new Date(eventTimeMs - 50).toISOString(),
    startedAt: new Date(eventTimeMs - 20).toISOString(),
    completedAt: new Date(eventTimeMs).toISOString(),
    sendResult: 'SENT',
    eventId: { id: sent.id, created: new Date(eventTimeMs).toISOString() },
  });
});

test('a dropped send is complete with its reason and has no sent event', async () => {
  const dropped = anEvent('DROPPED', { dropReason: 'INVALID_TO_ADDRESS', dropMessage: 'role address' });

  const { view } = await recordOf([dropped]);

  assert.equal(view.sendResult, 'INVALID_TO_ADDRESS');
  assert.equal(view.message, 'role address');
  assert.equal(view.eventId, undefined);
});

test('a complaint leaves the delivery as it was and is kept, news that change nothing are not (B08)', async () => {
  const statusId = randomUUID();
  const events = [
    anEvent('DELIVERED', { statusId }),
    anEvent('SPAMREPORT', { statusId, atMs: eventTimeMs + 5 }),
    anEvent('STATUSCHANGE', { statusId, atMs: eventTimeMs + 5 }),
    anEvent('RETURN', { statusId, atMs: eventTimeMs + 9 }),
  ];

  const record = await recordOf(events.toReversed());

  const [delivery] = record.deliveries;
  assert.equal(delivery?.state, 'delivered');
  assert.equal(delivery.complainedAtMs, eventTimeMs + 5);
  assert.equal(delivery.unsubscribedAtMs, eventTimeMs + 5);
});

test('a bounce after a delivery outranks it, one before a delivery does not', async () => {
  const cases = [
    { events: ['PROCESSED'], state: 'processed' },
    { events: ['PROCESSED', 'DEFERRED'], state: 'deferred' },
    { events: ['DEFERRED', 'UNKNOWN'], state: 'unknown' },
    { events: ['UNKNOWN', 'DEFERRED'], state: 'deferred' },
    { events: ['DEFERRED', 'DELIVERED'], state: 'delivered' },
    { events: ['BOUNCE', 'DELIVERED'], state: 'delivered' },
    { events: ['DELIVERED', 'BOUNCE'], state: 'bounced' },
    { events: ['DEFERRED', 'BOUNCE'], state: 'bounced' },
  ] as const;
  for (const { events, state } of cases) {
    const statusId = randomUUID();
    const record = await recordOf(
      events.map((type, index) => anEvent(type, { statusId, atMs: eventTimeMs + index })),
    );
    assert.equal(record.deliveries[0]?.state, state, events.join(' '));
  }
});

test('each recipient has a delivery of its own, in order', async () => {
  const statusId = randomUUID();
  const of = (index: number, recipient: string) => ({
    statusId,
    deliveryId: `${statusId}:${index}`,
    recipient,
  });

  const { deliveries } = await recordOf([
    anEvent('DELIVERED', of(10, 'bcc@example.com')),
    anEvent('BOUNCE', of(1, 'cc@example.com')),
    anEvent('DELIVERED', of(0, 'to@example.com')),
  ]);

  assert.deepEqual(
    deliveries.map(({ index, recipient, state }) => [index, recipient, state]),
    [
      [0, 'to@example.com', 'delivered'],
      [1, 'cc@example.com', 'bounced'],
      [10, 'bcc@example.com', 'delivered'],
    ],
  );
});

test('another account does not see a send', async () => {
  const sent = anEvent('SENT');
  await store.sends.apply([sent]);

  assert.equal(await store.sends.find(accountId + 1, sent.statusId), null);
});

/** A send that was deferred, delivered, opened by a machine and a person, and clicked; ids are derived from the send's. */
function journey(statusId: string): Event[] {
  const at = (offset: number) => ({ statusId, atMs: eventTimeMs + offset, id: randomUUID() });
  return [
    anEvent('SENT', { ...at(0), cc: ['cc@example.com'] }),
    anEvent('DEFERRED', { ...at(10), attempt: 1 }),
    anEvent('DEFERRED', { ...at(20), attempt: 2 }),
    anEvent('DELIVERED', { ...at(30), attempt: 3 }),
    anEvent('OPEN', { ...at(40), verdict: { machine: true, reason: 'burst' } }),
    anEvent('OPEN', at(50)),
  ];
}

async function recordOf(events: readonly Event[]): Promise<SendRecord> {
  await store.sends.apply(events);
  const [first] = events;
  const record = await store.sends.find(accountId, first?.statusId ?? '');
  assert.ok(record);
  return record;
}

function withoutIds(record: SendRecord | null): unknown {
  return JSON.parse(JSON.stringify(record).replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id'));
}

function permutations(items: readonly number[]): number[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}
