import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectRedis, type RedisLink } from '@posthorn/queue';
import { silentLogger } from '@posthorn/runtime';
import { type TestRedis, withTestRedis } from '@posthorn/testing';
import type { IdempotencyStore } from './idempotency-store.ts';
import { createRedisIdempotency } from './redis-idempotency.ts';

let server: TestRedis;
let redis: RedisLink;
let idempotency: IdempotencyStore;

before(async () => {
  server = await withTestRedis();
  redis = await connectRedis({ url: server.url, role: 'poster', log: silentLogger });
  idempotency = createRedisIdempotency(redis.client);
});
after(async () => {
  await redis[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const begun = {
  requestHash: 'a'.repeat(64),
  seed: { acceptedAtMs: 5, statusIds: ['id-1'], requestKey: 'k' },
};
const answer = { status: 200, body: { statusId: 'id-1', text: 'Grüße {"}' } };

test('A07: of fifty at once one goes on and the others find it busy', async () => {
  const begins = await Promise.all(
    Array.from({ length: 50 }, (_, owner) => idempotency.begin('fifty', `${owner}`, begun)),
  );

  assert.deepEqual(begins.map(({ kind }) => kind).toSorted(), [...Array(49).fill('busy'), 'mine']);
});

test('A07: after the answer a repeat gets it, and another request is told by its hash', async () => {
  await idempotency.begin('answered', 'owner', begun);
  await idempotency.finish('answered', 'owner', begun, answer);

  const repeat = await idempotency.begin('answered', 'other', { ...begun, requestHash: 'b'.repeat(64) });

  assert.deepEqual(repeat, { kind: 'answered', requestHash: begun.requestHash, answer });
});

test('A07: after a crash, once the lease has run out, a repeat goes on with the seed of the first', async () => {
  await idempotency.begin('crashed', 'dead', begun);
  await redis.client.del('idempotency:{crashed}:lease');

  const repeat = await idempotency.begin('crashed', 'alive', {
    ...begun,
    seed: { acceptedAtMs: 9, statusIds: ['id-2'] },
  });
  const third = await idempotency.begin('crashed', 'third', begun);

  assert.deepEqual(repeat, { kind: 'mine', ...begun });
  assert.equal(third.kind, 'busy');
});

test('A07: another body does not take over a call that crashed', async () => {
  await idempotency.begin('mixed', 'dead', begun);
  await redis.client.del('idempotency:{mixed}:lease');

  await idempotency.begin('mixed', 'other', { ...begun, requestHash: 'b'.repeat(64) });
  const repeat = await idempotency.begin('mixed', 'alive', begun);

  assert.equal(repeat.kind, 'mine');
});

test('a released key may go on at once, and only its owner releases it', async () => {
  await idempotency.begin('released', 'owner', begun);

  await idempotency.release('released', 'stranger');
  const busy = await idempotency.begin('released', 'second', begun);
  await idempotency.release('released', 'owner');
  const free = await idempotency.begin('released', 'second', begun);

  assert.deepEqual([busy.kind, free.kind], ['busy', 'mine']);
});

test('a key is remembered for 24 hours, its lease for 4 seconds, since Redis may have taken it long after its caller was told 503', async () => {
  await idempotency.begin('kept', 'owner', begun);
  const leaseMs = await redis.client.pttl('idempotency:{kept}:lease');
  await idempotency.finish('kept', 'owner', begun, answer);
  const keptMs = await redis.client.pttl('idempotency:{kept}');

  assert.ok(leaseMs > 3_000 && leaseMs <= 4_000);
  assert.ok(keptMs > 86_390_000 && keptMs <= 86_400_000);
});
