import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault, silentLogger } from '@posthorn/runtime';
import { startFaultProxy, withTestRedis } from '@posthorn/testing';
import { connectRedis } from './redis-link.ts';
import { until } from './test-kit.ts';

const log = silentLogger;

test('B9: a Redis that could lose or evict is refused, and every setting to change is named', async () => {
  await using redis = await withTestRedis({
    settings: { appendfsync: 'everysec', 'maxmemory-policy': 'allkeys-lru' },
  });

  await assert.rejects(
    connectRedis({ url: redis.url, role: 'worker', log }),
    (error) =>
      isFault(error, 'misconfigured') &&
      /appendfsync always \(now everysec\)/.test(error.message) &&
      /maxmemory-policy noeviction \(now allkeys-lru\)/.test(error.message) &&
      !/appendonly/.test(error.message),
  );
});

test('B9: a Redis that forbids CONFIG is refused, unless its settings are said to be trusted', async () => {
  await using redis = await withForbiddenConfig();

  await assert.rejects(
    connectRedis({ url: redis.url, role: 'poster', log }),
    (error) => isFault(error, 'misconfigured') && /REDIS_TRUST_SETTINGS/.test(error.message),
  );
  await using trusted = await connectRedis({ url: redis.url, role: 'poster', log, trustSettings: true });

  assert.deepEqual(await trusted.healthCheck(), { ok: true });
});

test('B15: a key prefix is refused', async () => {
  await assert.rejects(
    connectRedis({ url: 'redis://127.0.0.1:6379/?keyPrefix=mine', role: 'worker', log }),
    (error) => isFault(error, 'misconfigured') && /keyPrefix/.test(error.message),
  );
});

test('a URL that is not Redis’ is refused without being shown', async () => {
  await assert.rejects(
    connectRedis({ url: 'http://user:secret@host', role: 'worker', log }),
    (error) => isFault(error, 'misconfigured') && !/secret/.test(error.message),
  );
});

test('B14: a poster that finds no Redis says so within its time', async () => {
  await assert.rejects(
    connectRedis({ url: 'redis://127.0.0.1:1', role: 'poster', log, connectTimeoutMs: 300 }),
    (error) => isFault(error, 'unavailable'),
  );
});

test('a worker that starts before Redis waits for it', async () => {
  await using redis = await withTestRedis();
  await redis.kill();

  const connecting = connectRedis({ url: redis.url, role: 'worker', log });
  await redis.restart();
  await using link = await connecting;

  assert.deepEqual(await link.healthCheck(), { ok: true });
});

async function withForbiddenConfig() {
  const redis = await withTestRedis();
  await using link = await connectRedis({ url: redis.url, role: 'plain', log });
  await link.client.call('ACL', 'SETUSER', 'default', '-config');
  return redis;
}

test('F46: a connection whose answers never come is left for a new one, by posters and by workers that wait', async () => {
  await using redis = await withTestRedis();
  await using proxy = await startFaultProxy({ port: redis.port });
  const url = `redis://127.0.0.1:${proxy.port}`;
  for (const role of ['poster', 'worker', 'plain'] as const) {
    await using link = await connectRedis({ url, role, log, silenceMsMax: 300 });
    const hole = proxy.poison('downstream', { type: 'timeout', timeoutMs: 0 });
    const lost = link.client.get('a').catch(() => undefined);
    await until('the connection is given up', () => link.client.status !== 'ready');

    hole[Symbol.dispose]();
    await until(`${role} is connected again`, () => link.client.status === 'ready');
    await lost;
    assert.equal(await link.client.echo(role), role);
  }
});
