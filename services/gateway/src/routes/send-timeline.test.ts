import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConversationLine, type Event, SendStatusView, SendTimeline } from '@posthorn/contracts';
import { anEvent } from '@posthorn/testing';
import { call, startTestGateway } from '../testing/test-gateway.ts';

const acceptedAtMs = Date.UTC(2026, 7, 2, 10);
const to = 'jdoe@example.com';

test('a send that waited in a Redis that was emptied is LOST, and COMPLETE in words of HubSpot on its path', async () => {
  await using gateway = await startTestGateway();
  const statusId = gateway.statusIds.issue(1, acceptedAtMs);
  gateway.losses.push(acceptedAtMs + 10_000);

  const ours = await call(gateway, `GET /v1/sends/${statusId}`);
  const theirs = await call(gateway, `GET /marketing/v3/email/send-statuses/${statusId}`);

  const shown = SendTimeline.parse(ours.body);
  const status = SendStatusView.parse(theirs.body);
  assert.deepEqual([shown.status, shown.lostAtMs], ['LOST', acceptedAtMs + 10_000]);
  assert.deepEqual([status.status, status.sendResult], ['COMPLETE', 'UNDELIVERABLE']);
});

test('a send shows its deliveries and everything that happened, in milliseconds since it was accepted', async () => {
  await using gateway = await startTestGateway();
  const statusId = gateway.statusIds.issue(1, acceptedAtMs);
  const base = { accountId: 1, statusId, emailId: 42 };
  const attempt = { recipient: to, deliveryId: `${statusId}:0`, attempt: 1, response: '250 ok' };
  const events: Event[] = [
    {
      ...base,
      type: 'SENT',
      id: uuid(1),
      atMs: acceptedAtMs + 12,
      recipient: to,
      acceptedAtMs,
      startedAtMs: acceptedAtMs + 4,
    },
    { ...base, type: 'DELIVERED', id: uuid(2), atMs: acceptedAtMs + 30, ...attempt },
    {
      ...base,
      type: 'CLICK',
      id: uuid(3),
      atMs: acceptedAtMs + 900,
      url: 'https://a.example/',
      linkIndex: 0,
      verdict: { machine: true, reason: 'too-soon' },
    },
  ];
  gateway.events.push(...events);
  gateway.recorded.set(`1:${statusId}`, {
    ...base,
    view: { statusId, status: 'COMPLETE', sendResult: 'SENT' },
    deliveries: [
      {
        index: 0,
        state: 'delivered',
        recipient: to,
        delivered: { atMs: 1, eventId: uuid(2), attempt: 1, response: '250 ok', status: '', mx: '' },
      },
    ],
    opens: {},
    clicks: {},
  });

  const answer = await call(gateway, `GET /v1/sends/${statusId}`);

  assert.deepEqual(answer.body, {
    statusId,
    status: 'COMPLETE',
    sendResult: 'SENT',
    requestedAt: '2026-08-02T10:00:00.000Z',
    emailId: 42,
    deliveries: [
      { deliveryId: `${statusId}:0`, recipient: to, state: 'delivered', attempts: 1, response: '250 ok' },
    ],
    timeline: [
      { id: uuid(1), type: 'SENT', atMs: acceptedAtMs + 12, sinceAcceptedMs: 12, recipient: to },
      { id: uuid(2), type: 'DELIVERED', atMs: acceptedAtMs + 30, sinceAcceptedMs: 30, ...attempt },
      {
        id: uuid(3),
        type: 'CLICK',
        atMs: acceptedAtMs + 900,
        sinceAcceptedMs: 900,
        isMachine: true,
        reason: 'too-soon',
        url: 'https://a.example/',
      },
    ],
  });
});

test('an attempt shows what was said in it, where that is kept', async () => {
  await using gateway = await startTestGateway();
  const statusId = gateway.statusIds.issue(1, acceptedAtMs);
  const tried = { deliveryId: `${statusId}:0`, ip: '192.0.2.1', site: 'example.com', mx: 'mx.example.com' };
  const [first, second] = [1, 2].map((attempt) =>
    anEvent('DELIVERED', { accountId: 1, statusId, atMs: acceptedAtMs + attempt, attempt, ...tried }),
  );
  assert.ok(first && second);
  const lines: ConversationLine[] = [{ atMs: 3, from: 'peer', text: '250 ok' }];
  gateway.events.push(first, second);
  gateway.said.set(second.id, lines);
  const view = { statusId, status: 'COMPLETE', sendResult: 'SENT' } as const;
  const facts = { accountId: 1, statusId, emailId: 42, deliveries: [], opens: {}, clicks: {} };
  gateway.recorded.set(`1:${statusId}`, { ...facts, view });

  const { timeline } = SendTimeline.parse((await call(gateway, `GET /v1/sends/${statusId}`)).body);

  assert.deepEqual(
    timeline.map(({ ip, site, mx, conversation }) => [ip, site, mx, conversation]),
    [
      ['192.0.2.1', 'example.com', 'mx.example.com', undefined],
      ['192.0.2.1', 'example.com', 'mx.example.com', lines],
    ],
  );
});

test('a send of which nothing is recorded yet has an empty timeline', async () => {
  await using gateway = await startTestGateway();
  const statusId = gateway.statusIds.issue(1, acceptedAtMs);

  const answer = await call(gateway, `GET /v1/sends/${statusId}`);

  assert.deepEqual(answer.body, {
    statusId,
    status: 'PENDING',
    requestedAt: '2026-08-02T10:00:00.000Z',
    deliveries: [],
    timeline: [],
  });
});

test('A04: another account’s send is 404', async () => {
  await using gateway = await startTestGateway();

  assert.equal(
    (await call(gateway, `GET /v1/sends/${gateway.statusIds.issue(2, acceptedAtMs)}`)).status,
    404,
  );
});

function uuid(last: number): string {
  return `5f8e6f3c-7b0a-4c7e-9a52-0e8b6f8a3a1${last}`;
}
