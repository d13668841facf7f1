import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '@posthorn/runtime';
import { errorOf } from '../testing/error-of.ts';
import { call, startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import { sha256 } from './request-hash.ts';

const path = '/marketing/v3/transactional/single-email/send';
const body = { emailId: 42, message: { to: 'jdoe@example.com' } };

test('A07: a repeat with the same key and body gets the same answer, marked as a replay, and posts nothing', async () => {
  await using gateway = await startTestGateway();

  const first = await send(gateway, 'order-6');
  const second = await send(gateway, 'order-6');

  assert.deepEqual([second.status, second.body], [first.status, first.body]);
  assert.equal(first.headers.get('idempotent-replayed'), null);
  assert.equal(second.headers.get('idempotent-replayed'), 'true');
  assert.equal(gateway.posted.length, 1);
});

test('A07: fifty at once with one key make one send; the others are told it is under way, or get its answer', async () => {
  await using gateway = await startTestGateway();

  const answers = await Promise.all(Array.from({ length: 50 }, () => send(gateway, 'order-6')));

  const statusIds = new Set(
    answers.filter(({ status }) => status === 200).map((answer) => JSON.stringify(answer.body)),
  );
  const busy = answers.filter(({ status }) => status !== 200);
  assert.equal(gateway.posted.length, 1);
  assert.equal(statusIds.size, 1);
  for (const answer of busy) assert.deepEqual([answer.status, answer.headers.get('retry-after')], [409, '1']);
});

test('A07: a repeat that spells the same content in another way is the same request', async () => {
  await using gateway = await startTestGateway();
  const spellings = [
    '{"emailId":42,"message":{"to":"jdoe@example.com"},"customProperties":{"a":1,"b":{"x":"é","y":[1,2]}}}',
    '{"customProperties":{"b":{"y":[1.0,2e0],"x":"\\u00e9"},"a":1.0},\n "message" : {"to":"jdoe@example.com"}, "emailId":42}',
    '{"emailId":"42","message":{"to":"jdoe\\u0040example.com","subject":"x"},"customProperties":{"b":{"x":"é","y":[1,2]},"a":1}}',
  ];
  const others = [
    '{"emailId":42,"message":{"to":"jdoe@example.com"},"customProperties":{"a":"1","b":{"x":"é","y":[1,2]}}}',
    '{"emailId":42,"message":{"to":"jdoe@example.com"},"customProperties":{"a":1,"b":{"x":"é","y":[2,1]}}}',
  ];

  const same = [];
  for (const text of spellings) same.push(await send(gateway, 'order-6', text));
  const different = [];
  for (const text of others) different.push(await send(gateway, 'order-6', text));

  assert.deepEqual(
    [...same, ...different].map(({ status }) => status),
    [200, 200, 200, 409, 409],
  );
  assert.equal(new Set(same.map((answer) => Object(answer.body).statusId)).size, 1);
  assert.equal(gateway.posted.length, 1);
});

test('A07: a key that an older release stored, with the hash of the bytes, is replayed or gone on with', async () => {
  await using gateway = await startTestGateway();
  const text = JSON.stringify(body);
  const requestHash = sha256(`POST ${path}\0`, text);
  const statusId = gateway.statusIds.issue(1, 1);
  const begun = { requestHash, seed: { acceptedAtMs: 1, statusIds: [statusId] } };
  await gateway.idempotency.begin(sha256('1\0answered'), 'old', begun);
  await gateway.idempotency.finish(sha256('1\0answered'), 'old', begun, {
    status: 200,
    body: { statusId: 'first' },
  });
  await gateway.idempotency.begin(sha256('1\0cut-off'), 'old', begun);
  await gateway.idempotency.release(sha256('1\0cut-off'), 'old');

  const replayed = await send(gateway, 'answered', text);
  const goneOn = await send(gateway, 'cut-off', text);
  const other = await send(gateway, 'answered', { ...body, emailId: 43 });

  assert.deepEqual(replayed.body, { statusId: 'first' });
  assert.equal(Object(goneOn.body).statusId, statusId);
  assert.equal(other.status, 409);
});

test('A07: the same key with another body, or on another path, is 409', async () => {
  await using gateway = await startTestGateway();
  await send(gateway, 'order-6');

  const otherBody = await send(gateway, 'order-6', { ...body, emailId: 43 });
  const otherPath = await call(gateway, 'POST /marketing/v4/email/single-send', {
    body,
    headers: { 'idempotency-key': 'order-6' },
  });

  assert.deepEqual([otherBody.status, otherPath.status], [409, 409]);
  assert.equal(errorOf(otherBody.body).category, 'CONFLICT');
  assert.match(JSON.stringify(otherBody.body), /"subCategory":"idempotency_key_reuse"/);
});

test('A07: a key of 300 characters is 400, and so is an empty one', async () => {
  await using gateway = await startTestGateway();

  assert.equal((await send(gateway, 'x'.repeat(300))).status, 400);
  assert.equal((await send(gateway, '')).status, 400);
  assert.equal((await send(gateway, 'x'.repeat(256))).status, 200);
});

test('A07: a key is its account’s own', async () => {
  await using gateway = await startTestGateway();
  await send(gateway, 'order-6');

  const other = await call(gateway, `POST ${path}`, {
    body,
    key: gateway.addKey(2, ['transactional-email']),
    headers: { 'idempotency-key': 'order-6' },
  });

  assert.equal(other.status, 200);
  assert.equal(gateway.posted.length, 2);
});

test('A07: after a 503 a repeat goes on at once, with the same statusId and the same claim', async () => {
  await using gateway = await startTestGateway();
  const post = gateway.postbox.post;
  gateway.postbox.post = async (item) => {
    await post(item);
    throw new Fault('unavailable', 'The reply was lost.');
  };
  const lost = await send(gateway, 'order-6');
  gateway.postbox.post = post;

  const again = await send(gateway, 'order-6');

  const [first, second] = gateway.posted;
  assert.deepEqual([lost.status, again.status], [503, 200]);
  assert.deepEqual(second, first);
  assert.ok(first?.requestKey);
});

test('A07: a request that was refused leaves its key free for a better one', async () => {
  await using gateway = await startTestGateway();

  const refused = await send(gateway, 'order-6', { emailId: 42 });
  const good = await send(gateway, 'order-6');

  assert.deepEqual([refused.status, good.status], [400, 200]);
});

test('A07: while Redis is away a key cannot be looked up, and the call is 503', async () => {
  await using gateway = await startTestGateway();
  gateway.away.redis = true;

  assert.equal((await send(gateway, 'order-6')).status, 503);
});

function send(gateway: TestGateway, idempotencyKey: string, given: unknown = body) {
  return call(gateway, `POST ${path}`, { body: given, headers: { 'idempotency-key': idempotencyKey } });
}
