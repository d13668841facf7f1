import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, startTestGateway } from '../testing/test-gateway.ts';

const path = '/marketing/v3/transactional/single-email/send';

test('a single send is accepted with a statusId and posted as it was asked for', async () => {
  await using gateway = await startTestGateway();

  const answer = await call(gateway, `POST ${path}`, { body: request });

  const [item] = gateway.posted;
  assert.equal(answer.status, 200);
  assert.ok(item);
  assert.deepEqual(answer.body, {
    statusId: item.statusId,
    status: 'PENDING',
    requestedAt: new Date(item.acceptedAtMs).toISOString(),
  });
  assert.deepEqual(
    { ...item, statusId: '', acceptedAtMs: 0 },
    {
      statusId: '',
      accountId: 1,
      acceptedAtMs: 0,
      emailId: 42,
      version: 3,
      to: 'jdoe@example.com',
      from: 'Shop <orders@example.com>',
      sendId: 'order-6',
      replyTo: ['help@example.com'],
      cc: [],
      bcc: ['archive@example.com'],
      contactProperties: { firstname: 'Jane' },
      customProperties: { items: [{ name: 'A', qty: 1 }] },
      attachments: [],
    },
  );
});

for (const twin of [
  '/marketing/transactional/2025-09/single-email/send',
  '/marketing/transactional/2026-03/single-email/send',
  '/marketing/transactional/2026-09/single-email/send',
  '/marketing/v4/email/single-send',
  '/marketing/email-campaigns/2026-03/single-send',
  `${path}/`,
]) {
  test(`${twin} takes the same request`, async () => {
    await using gateway = await startTestGateway();

    assert.equal((await call(gateway, `POST ${twin}`, { body: request })).status, 200);
    assert.equal(gateway.posted.length, 1);
  });
}

test('a send of an email that is unknown or unpublished is accepted without a version', async () => {
  await using gateway = await startTestGateway();
  gateway.putEmail({ accountId: 1, emailId: 43, isPublished: false, publishedVersion: 2 });

  for (const emailId of [43, 44]) {
    assert.equal((await call(gateway, `POST ${path}`, { body: { ...request, emailId } })).status, 200);
  }
  assert.deepEqual(
    gateway.posted.map(({ version }) => version),
    [undefined, undefined],
  );
});

test('while Redis is away a send is refused with 503 and Retry-After', async () => {
  await using gateway = await startTestGateway();
  gateway.away.redis = true;

  const answer = await call(gateway, `POST ${path}`, { body: request });

  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get('retry-after'), '2');
});

test('while MongoDB is away a send whose key and email were seen before is accepted', async () => {
  await using gateway = await startTestGateway();
  await call(gateway, `POST ${path}`, { body: request });
  gateway.away.mongodb = true;

  assert.equal((await call(gateway, `POST ${path}`, { body: request })).status, 200);
  assert.equal((await call(gateway, `POST ${path}`, { body: { ...request, emailId: 7 } })).status, 503);
});

const request = {
  emailId: 42,
  message: {
    to: 'jdoe@example.com',
    from: 'Shop <orders@example.com>',
    sendId: 'order-6',
    replyTo: ['help@example.com'],
    cc: [],
    bcc: ['archive@example.com'],
  },
  contactProperties: { firstname: 'Jane' },
  customProperties: { items: [{ name: 'A', qty: 1 }] },
};
