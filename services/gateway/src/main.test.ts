import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectRedis } from '@posthorn/queue';
import { silentLogger } from '@posthorn/runtime';
import { startGatewayProcess } from './testing/gateway-process.ts';
import { startRealGateway } from './testing/real-gateway.ts';
import { takeSends } from './testing/take-sends.ts';
import { call } from './testing/test-gateway.ts';

const send = 'POST /marketing/v3/transactional/single-email/send';

/** The servers, an account and a key; and a second gateway beside the process. */
let servers: Awaited<ReturnType<typeof startRealGateway>>;
before(async () => {
  servers = await startRealGateway();
});
after(() => servers[Symbol.asyncDispose]());

test('the process ends in order on SIGTERM, with code 0', async () => {
  await using gateway = await startGatewayProcess(servers.env);
  const { key } = servers;
  await call({ ...gateway, key }, send, { body: { emailId: 42, message: { to: 'a@example.com' } } });

  assert.equal(await gateway.stop('SIGTERM'), 0);
});

test('A07, F01: after SIGKILL under load every call, repeated with its key, is one send', async () => {
  const { key, env } = servers;
  const first = await startGatewayProcess(env);
  const keys = Array.from({ length: 200 }, (_, index) => `order-${index}`);
  const sendWith = (baseUrl: string, idempotencyKey: string, index: number) =>
    call({ baseUrl, key }, send, {
      body: bodyFor(index),
      headers: { 'idempotency-key': idempotencyKey },
    }).catch(() => null);

  const underWay = keys.map((idempotencyKey, index) => sendWith(first.baseUrl, idempotencyKey, index));
  await Promise.race(underWay);
  await first.stop('SIGKILL');
  const before = await Promise.all(underWay);
  await endLeases(env.REDIS_URL);
  const answers = await Promise.all(
    keys.map((idempotencyKey, index) => sendWith(servers.baseUrl, idempotencyKey, index)),
  );

  const ids = answers.map((answer) => Object(answer?.body).statusId);
  const taken = await takeSends(env, (items) =>
    ids.every((id) => items.some(({ statusId }) => statusId === id)),
  );
  const mine = taken.filter(({ to }) => /^u\d+@/.test(to));
  assert.ok(before.some((answer) => answer?.status === 200) && before.some((answer) => answer === null));
  for (const [index, answer] of before.entries())
    if (answer?.status === 200) assert.equal(Object(answer.body).statusId, ids[index]);
  for (const [index, id] of ids.entries()) {
    const copies = mine.filter(({ to }) => to === `u${index}@example.com`);
    assert.deepEqual([...new Set(copies.map(({ statusId }) => statusId))], [id]);
    assert.equal(new Set(copies.map(({ requestKey }) => requestKey)).size, 1);
  }
});

function bodyFor(index: number) {
  return { emailId: 42, message: { to: `u${index}@example.com` } };
}

/** What fifteen seconds would do: nobody comes back for the killed calls' leases. */
async function endLeases(url: string): Promise<void> {
  await using redis = await connectRedis({ url, role: 'plain', log: silentLogger });
  const leases = await redis.client.keys('idempotency:*:lease');
  await Promise.all(leases.map((lease) => redis.client.del(lease)));
}
