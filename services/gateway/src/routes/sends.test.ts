import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SendsResponse } from '@posthorn/contracts';
import { errorOf } from '../testing/error-of.ts';
import { call, startTestGateway } from '../testing/test-gateway.ts';

const send = (to: string) => ({ emailId: 42, message: { to } });

test('many sends in one call each get a statusId, in order', async () => {
  await using gateway = await startTestGateway();
  const sends = Array.from({ length: 1_000 }, (_, index) => send(`u${index}@example.com`));

  const answer = await call(gateway, 'POST /v1/sends', { body: { sends } });

  const { accepted, results } = SendsResponse.parse(answer.body);
  assert.deepEqual([answer.status, accepted, gateway.posted.length], [200, 1_000, 1_000]);
  const ids = results.map((result) => (result.result === 'accepted' ? result.statusId : ''));
  assert.deepEqual(
    ids,
    gateway.posted.map(({ statusId }) => statusId),
  );
  assert.equal(new Set(ids).size, 1_000);
});

test('sends that are refused say why, the others are accepted all the same', async () => {
  await using gateway = await startTestGateway();
  const attachments = [{ filename: 'a', contentType: 'text/plain', content: '*' }];
  const bad = [
    { emailId: 42 },
    null,
    { ...send('a@example.com'), accountId: 2 },
    { emailId: 42, message: { to: 'a@example.com', attachments } },
  ];

  const answer = await call(gateway, 'POST /v1/sends', {
    body: { sends: [send('a@example.com'), ...bad, send('b@example.com')] },
  });

  const { accepted, refused, results } = SendsResponse.parse(answer.body);
  assert.deepEqual([answer.status, accepted, refused], [207, 2, 4]);
  assert.deepEqual(
    results.map((result) => (result.result === 'refused' ? result.errors[0]?.in : 'accepted')),
    [
      'accepted',
      'sends.1.message',
      'sends.2',
      'sends.3.accountId',
      'sends.4.message.attachments.0.content',
      'accepted',
    ],
  );
  assert.deepEqual(
    gateway.posted.map(({ to }) => to),
    ['a@example.com', 'b@example.com'],
  );
});

test('no sends, too many, or anything beside them is 400', async () => {
  await using gateway = await startTestGateway();
  const bodies = [
    {},
    { sends: [] },
    { sends: Array(1_001).fill(1) },
    { sends: [send('a@example.com')], all: true },
    [],
  ];

  for (const body of bodies) assert.equal((await call(gateway, 'POST /v1/sends', { body })).status, 400);
});

test('A07: a repeat of a call with its key gets the same lines and posts nothing', async () => {
  await using gateway = await startTestGateway();
  const body = { sends: [send('a@example.com'), { emailId: 42 }] };
  const headers = { 'idempotency-key': 'batch-1' };

  const first = await call(gateway, 'POST /v1/sends', { body, headers });
  const second = await call(gateway, 'POST /v1/sends', { body, headers });

  assert.deepEqual([second.status, second.body], [first.status, first.body]);
  assert.equal(gateway.posted.length, 1);
});

test('H06: without attachments a call may be no larger than other bodies', async () => {
  await using gateway = await startTestGateway();
  const large = { ...send('a@example.com'), customProperties: { text: 'x'.repeat(150_000) } };

  const answer = await call(gateway, 'POST /v1/sends', { body: { sends: [large] } });

  assert.equal(answer.status, 413);
  assert.equal(errorOf(answer.body).category, 'PAYLOAD_TOO_LARGE');
});
