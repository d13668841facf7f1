import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LegacySingleSendResponse } from '@posthorn/contracts';
import { errorOf } from '../testing/error-of.ts';
import { call, startTestGateway } from '../testing/test-gateway.ts';

const path = '/email/public/v1/singleEmail/send';
const request = {
  emailId: 42,
  message: { to: 'jdoe@example.com', replyTo: 'help@example.com', replyToList: ['other@example.com'] },
  contactProperties: [{ name: 'firstname', value: 'Jane' }],
  customProperties: [{ name: 'order', value: 7 }],
};

test('a legacy send is posted as any other, its arrays made maps', async () => {
  await using gateway = await startTestGateway();

  const answer = await call(gateway, `POST ${path}`, { body: request });

  const [item] = gateway.posted;
  assert.equal(answer.status, 200);
  assert.deepEqual(item?.replyTo, ['help@example.com', 'other@example.com']);
  assert.deepEqual([item?.contactProperties, item?.customProperties], [{ firstname: 'Jane' }, { order: 7 }]);
});

test('a legacy send whose result does not come in time is QUEUED, its event id the statusId', async () => {
  await using gateway = await startTestGateway();

  const answer = await call(gateway, `POST ${path}`, { body: request });

  const [item] = gateway.posted;
  assert.deepEqual(answer.body, {
    sendResult: 'QUEUED',
    message: '',
    eventId: { id: item?.statusId, created: item?.acceptedAtMs },
  });
});

test('a legacy send answers with the result as soon as it is recorded', async () => {
  await using gateway = await startTestGateway();
  const eventId = '5f8e6f3c-7b0a-4c7e-9a52-0e8b6f8a3a11';
  const postAll = gateway.postbox.post;
  gateway.postbox.post = async (item) => {
    await postAll(item);
    const at = new Date(item.acceptedAtMs + 5).toISOString();
    const view = {
      statusId: item.statusId,
      status: 'COMPLETE' as const,
      sendResult: 'SENT' as const,
      eventId: { id: eventId, created: at },
    };
    gateway.recorded.set(`1:${item.statusId}`, { ...item, view, deliveries: [], opens: {}, clicks: {} });
  };

  const answer = LegacySingleSendResponse.parse(
    (await call(gateway, `POST ${path}`, { body: request })).body,
  );

  assert.equal(answer.sendResult, 'SENT');
  assert.deepEqual(answer.eventId, { id: eventId, created: (gateway.posted[0]?.acceptedAtMs ?? 0) + 5 });
});

test('while MongoDB is away a legacy send is QUEUED at once', async () => {
  await using gateway = await startTestGateway();
  await call(gateway, `POST ${path}`, { body: request });
  gateway.away.mongodb = true;

  const answer = await call(gateway, `POST ${path}`, { body: request });

  assert.equal(LegacySingleSendResponse.parse(answer.body).sendResult, 'QUEUED');
});

test('a property that is named twice, or is named after a prototype, is refused', async () => {
  await using gateway = await startTestGateway();
  const pair = { name: 'a', value: '1' };

  const twice = await call(gateway, `POST ${path}`, {
    body: { ...request, contactProperties: [pair, pair] },
  });
  const proto = await call(gateway, `POST ${path}`, {
    body: { ...request, customProperties: [{ ...pair, name: '__proto__' }] },
  });

  assert.deepEqual([twice.status, errorOf(twice.body).fields], [400, ['contactProperties.1.name']]);
  assert.deepEqual([proto.status, errorOf(proto.body).fields], [400, ['customProperties.0.name']]);
});
