import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectRedis } from '@posthorn/queue';
import { createFakeClock, silentLogger } from '@posthorn/runtime';
import { withTestRedis } from '@posthorn/testing';
import { until } from '../testing/until.ts';
import { createRedisStsStore } from './sts-store.ts';
import { createRedisTlsReport } from './tls-report.ts';

test('policies outlive a restart of the dispatcher for as long as they hold, and nonsense is none', async () => {
  await using redis = await withTestRedis();
  await using link = await connectRedis({ url: redis.url, role: 'poster', log: silentLogger });
  const store = createRedisStsStore(link.client);
  const policy = { mode: 'enforce' as const, mx: ['mx.example'], maxAgeSeconds: 86_400 };
  const stored = { id: '1', fetchedAtMs: 1_000, policy };

  await store.put('shop.example', stored);
  await link.client.set('ph:sts:broken.example', '{"id":');

  assert.deepEqual(await createRedisStsStore(link.client).find('shop.example'), stored);
  assert.equal(await store.find('broken.example'), undefined);
  assert.equal(await store.find('none.example'), undefined);
  assert.ok((await link.client.pttl('ph:sts:shop.example')) > 86_000_000);
});

test('sessions are counted a day, a domain and a result, and forgotten after eight days', async () => {
  await using redis = await withTestRedis();
  await using link = await connectRedis({ url: redis.url, role: 'poster', log: silentLogger });
  const report = createRedisTlsReport({ redis: link.client, clock: createFakeClock(Date.UTC(2026, 4, 1)) });
  const session = { domain: 'shop.example', policy: 'sts', mx: 'mx.shop.example' } as const;

  for (let count = 0; count < 3; count += 1) report.count({ ...session, result: 'success' });
  report.count({ ...session, result: 'certificate-expired' });
  let counted: Record<string, string> = {};
  await until(() => {
    link.client.hgetall('ph:tlsrpt:2026-05-01:shop.example').then((found) => {
      counted = found;
    });
    return Object.keys(counted).length === 2;
  });

  assert.deepEqual(counted, {
    'sts|mx.shop.example|success': '3',
    'sts|mx.shop.example|certificate-expired': '1',
  });
  assert.ok((await link.client.ttl('ph:tlsrpt:2026-05-01:shop.example')) <= 8 * 86_400);
});

test('with Redis away, policies are unknown, counts are lost, and nothing throws', async () => {
  const away = () => Promise.reject(new Error('away'));
  const redis = { get: away, set: away, hincrby: away, expire: away };

  assert.equal(await createRedisStsStore(redis).find('a.example'), undefined);
  const report = createRedisTlsReport({ redis, clock: createFakeClock() });
  report.count({ domain: 'a.example', policy: 'sts', result: 'success' });
});
