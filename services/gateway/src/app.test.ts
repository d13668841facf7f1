import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startRealGateway } from './testing/real-gateway.ts';
import { takeSends } from './testing/take-sends.ts';
import { call } from './testing/test-gateway.ts';

const send = 'POST /marketing/v3/transactional/single-email/send';
const body = { emailId: 42, message: { to: 'jdoe@example.com' } };

let gateway: Awaited<ReturnType<typeof startRealGateway>>;
before(async () => {
  gateway = await startRealGateway();
});
after(() => gateway[Symbol.asyncDispose]());

test('A07: fifty at once with one key leave one item in the lane, through a real Redis', async () => {
  const headers = { 'idempotency-key': 'order-6' };
  const answers = await Promise.all(Array.from({ length: 50 }, () => call(gateway, send, { body, headers })));
  const again = await call(gateway, send, { body, headers });

  const items = await takeSends(gateway.env);

  const ids = new Set(
    answers.filter(({ status }) => status === 200).map((answer) => Object(answer.body).statusId),
  );
  assert.deepEqual(
    items.map(({ statusId }) => statusId),
    [...ids],
  );
  assert.equal(Object(again.body).statusId, items[0]?.statusId);
  assert.equal(again.headers.get('idempotent-replayed'), 'true');
});

test('an attachment goes through the lane as the bytes it was', async () => {
  const bytes = Buffer.alloc(400_000, 'attachment \xff');
  const attachments = [
    { filename: 'a.bin', contentType: 'application/octet-stream', content: bytes.toString('base64') },
  ];
  await call(gateway, send, { body: { ...body, message: { ...body.message, attachments } } });

  const items = await takeSends(gateway.env);

  assert.ok(Buffer.from(items[0]?.attachments[0]?.content ?? '', 'latin1').equals(bytes));
});

test('A05: a key that the CLI revokes stops working within five seconds', async () => {
  const { key, keyId } = await gateway.newKey();
  assert.equal((await call(gateway, send, { body, key })).status, 200);

  await gateway.admin(`keys revoke --account ${gateway.accountId} --key ${keyId}`);
  const deadlineMs = performance.now() + 5_500;
  let status = 200;
  while (status === 200 && performance.now() < deadlineMs) {
    status = (await call(gateway, send, { body, key })).status;
    await new Promise((go) => setTimeout(go, 100));
  }

  assert.equal(status, 401);
});

test('it is alive and ready, without a key', async () => {
  for (const page of ['/livez', '/readyz'])
    assert.equal((await call(gateway, `GET ${page}`, { key: null })).status, 200);
});

test('F46: while Redis is away a send is 503 within a second and never hangs; afterwards it goes on', async () => {
  await gateway.redis.kill();
  const startedAtMs = performance.now();
  const answers = await Promise.all([
    call(gateway, send, { body }),
    call(gateway, send, { body, headers: { 'idempotency-key': 'away' } }),
    call(gateway, 'GET /v1/account'),
  ]);
  const tookMs = performance.now() - startedAtMs;
  await gateway.redis.restart();
  const deadlineMs = performance.now() + 5_000;
  let status = 503;
  while (status === 503 && performance.now() < deadlineMs)
    status = (await call(gateway, send, { body })).status;

  assert.deepEqual(
    answers.map((answer) => answer.status),
    [503, 503, 200],
  );
  assert.ok(answers[0]?.headers.get('retry-after'));
  assert.ok(tookMs < 1_500, `${tookMs} ms`);
  assert.equal(status, 200);
});
