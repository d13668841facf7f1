import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectRedis } from '@posthorn/queue';
import { createFakeClock, silentLogger } from '@posthorn/runtime';
import { startRedisCluster } from '@posthorn/testing';
import { createRedisIdempotency } from './idempotency/redis-idempotency.ts';
import { createRateLimit } from './rate-limit.ts';
import { createTokenNotices } from './smtp-tokens/token-notices.ts';

const log = silentLogger;

test('B12: on a Redis Cluster keys of many calls are kept, calls counted and notices heard at every node', async () => {
  await using cluster = await startRedisCluster();
  await using link = await connectRedis({ url: cluster.url, role: 'poster', log });
  await using listening = await connectRedis({ url: cluster.url, role: 'worker', log });
  const { client: redis } = link;
  const idempotency = createRedisIdempotency(redis);
  const limit = createRateLimit({ redis, clock: createFakeClock(), log, callsPerTenSecondsMax: 1 });
  const names = Array.from({ length: 50 }, (_, n) => `key-${n}`);
  const begun = { requestHash: 'a'.repeat(64), seed: { acceptedAtMs: 5, statusIds: ['id'] } };
  const answer = { status: 200, body: {} };
  const heard: string[] = [];
  const listener = listening.open();
  listener.on('message', (_channel: string, id: string) => heard.push(id));
  await listener.subscribe('ph:smtp-tokens:changed');

  const begins = await Promise.all(names.map((name) => idempotency.begin(name, 'a', begun)));
  const again = await Promise.all(names.map((name) => idempotency.begin(name, 'b', begun)));
  await Promise.all(names.map((name) => idempotency.finish(name, 'a', begun, answer)));
  const repeats = await Promise.all(names.map((name) => idempotency.begin(name, 'b', begun)));
  const calls = await Promise.allSettled([...names, ...names].map((keyId) => limit({ keyId })));
  await createTokenNotices(redis).changed('token');
  while (heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  listener.disconnect();

  assert.ok(begins.every(({ kind }) => kind === 'mine'));
  assert.ok(again.every(({ kind }) => kind === 'busy'));
  assert.ok(repeats.every(({ kind }) => kind === 'answered'));
  assert.equal(calls.filter(({ status }) => status === 'fulfilled').length, names.length);
  assert.deepEqual(heard, ['token']);
});
