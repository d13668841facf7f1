import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectRedis } from '@posthorn/queue';
import { createFakeClock, silentLogger } from '@posthorn/runtime';
import { startRedisCluster } from '@posthorn/testing';
import { createLockOut } from './auth/lock-out.ts';
import { listenForTokens, noticesName } from './auth/token-notices.ts';
import { createRepeats } from './repeats.ts';

const log = silentLogger;

test('B12: on a Redis Cluster failures are counted, repeats known and notices heard, whichever node has them', async () => {
  await using cluster = await startRedisCluster();
  await using link = await connectRedis({ url: cluster.url, role: 'poster', log });
  const { client: redis } = link;
  const lockOut = createLockOut({ redis, clock: createFakeClock() });
  const repeats = createRepeats(redis);
  const clients = Array.from({ length: 30 }, (_, n) => `192.0.2.${n}`);
  const seed = { acceptedAtMs: 1, statusIds: ['a'] };
  const forgotten = Promise.withResolvers<string>();
  const doubted = Promise.withResolvers<void>();
  const book = { forget: forgotten.resolve, doubtAll: doubted.resolve };
  await using _notices = listenForTokens({ redis, open: link.open, book, log, pollMs: 20 });

  for (let n = 0; n < 10; n += 1) await Promise.all(clients.map((client) => lockOut.fail(client, client)));
  const locked = await Promise.all(clients.map((client) => lockOut.isLocked(client, 'any')));
  const claims = await Promise.all(clients.map((client) => repeats.claim(client, seed)));
  await Promise.all(clients.map((client) => repeats.confirm(client, seed)));
  const known = await Promise.all(clients.map((client) => repeats.claim(client, seed)));
  await redis.incr(noticesName);
  await doubted.promise;
  await redis.publish(noticesName, 'token');

  assert.ok(locked.every(Boolean));
  assert.ok(claims.every(({ kind }) => kind === 'post'));
  assert.ok(known.every(({ kind }) => kind === 'accepted'));
  assert.equal(await forgotten.promise, 'token');
});
