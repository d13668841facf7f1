import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tlsCountsKey, tlsReportsDueKey } from '@posthorn/contracts';
import { connectRedis } from '@posthorn/queue';
import { createFakeClock, silentLogger } from '@posthorn/runtime';
import { withTestRedis } from '@posthorn/testing';
import { until } from '../testing/until.ts';
import { createRedisStsStore } from './sts-store.ts';
import { createRedisTlsReport } from './tls-report.ts';

const dayMs = 86_400_000;

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

test('sessions are counted a day, a domain and a result, with the policy, and forgotten after eight days', async () => {
  await using redis = await withTestRedis();
  await using link = await connectRedis({ url: redis.url, role: 'poster', log: silentLogger });
  const { client } = link;
  const clock = createFakeClock(Date.UTC(2026, 4, 1, 12));
  await client.zadd(tlsReportsDueKey, String(clock.nowMs() - 9 * dayMs), 'long over');
  const report = createRedisTlsReport({ redis: client, clock });
  const text = { strings: ['version: STSv1', 'mode: enforce'], mxPatterns: ['mx.shop.example'] };
  const session = { domain: 'shop.example', policy: 'sts', mx: 'mx.shop.example', text } as const;

  for (let count = 0; count < 3; count += 1)
    report.count({ ...session, result: 'success', receivingIp: `192.0.2.${count}` });
  report.count({
    ...session,
    result: 'certificate-expired',
    receivingIp: '192.0.2.7',
    sendingIp: '192.0.2.99',
  });
  const key = tlsCountsKey('2026-05-01', 'shop.example');
  let counted: Record<string, string> = {};
  await until(() => {
    client.hgetall(key).then((found) => {
      counted = found;
    });
    return Object.keys(counted).length === 3;
  });

  assert.deepEqual(counted, {
    'sts||success||': '3',
    'sts|mx.shop.example|certificate-expired|192.0.2.7|192.0.2.99': '1',
    'policy sts': JSON.stringify(text),
  });
  assert.ok((await client.ttl(key)) > 7 * 86_400 && (await client.ttl(key)) <= 8 * 86_400);
  const due = await client.zrange(tlsReportsDueKey, '0', '-1', 'WITHSCORES');
  const dueAtMs = Number(due[1]);
  assert.deepEqual([due.length, due[0]], [2, '2026-05-01 shop.example']);
  assert.ok(dueAtMs >= Date.UTC(2026, 4, 2, 0, 15) && dueAtMs < Date.UTC(2026, 4, 2, 4, 15));
});

test('with Redis away, policies are unknown, counts are lost, and nothing throws', async () => {
  const away = () => Promise.reject(new Error('away'));
  const redis = {
    ...{ get: away, set: away, hincrby: away, hset: away, expire: away, zadd: away },
    zremrangebyscore: away,
  };

  assert.equal(await createRedisStsStore(redis).find('a.example'), undefined);
  const report = createRedisTlsReport({ redis, clock: createFakeClock() });
  report.count({ domain: 'a.example', policy: 'sts', result: 'success' });
});
