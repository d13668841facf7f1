import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { PoolView } from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import type { SendingIp } from '@posthorn/store';
import { testIps } from '../testing/fake-ips.ts';
import { call, startTestGateway } from '../testing/test-gateway.ts';

test('while MongoDB is away IPs and pools answer 503', async () => {
  await using gateway = await startTestGateway();
  const key = gateway.addKey(1, ['operator']);
  const id = randomUUID();
  await call(gateway, 'GET /v1/pools', { key });
  gateway.away.mongodb = true;

  for (const [target, body] of [
    ['GET /v1/ips', undefined],
    ['POST /v1/ips', { address: '192.0.2.1', ehloName: 'mx.posthorn.test' }],
    [`GET /v1/ips/${id}`, undefined],
    [`PATCH /v1/ips/${id}`, { action: 'pause' }],
    [`POST /v1/ips/${id}/check`, undefined],
    [`DELETE /v1/ips/${id}`, undefined],
    ['GET /v1/pools', undefined],
    ['POST /v1/pools', { name: 'bulk' }],
    ['GET /v1/pools/bulk', undefined],
    ['DELETE /v1/pools/bulk', undefined],
  ] as const)
    assert.equal((await call(gateway, target, { key, body })).status, 503, target);
});

test('while Redis is away a pool is shown without its dispatchers, and is not deleted', async () => {
  const away = async () => Promise.reject(new Fault('unavailable', 'The queue is not available.'));
  const ips = { ...testIps, bound: { of: away, ofAny: away }, countQueued: away };
  await using gateway = await startTestGateway({ ips });
  const key = gateway.addKey(1, ['operator']);
  await gateway.store.pools.insert({ name: 'bulk', createdAtMs: 1 });
  gateway.store.ips.list = async ({ pool = 'default' } = {}) => (pool === 'default' ? [anIp()] : []);

  const shown = PoolView.parse((await call(gateway, 'GET /v1/pools/default', { key })).body);
  const deleted = await call(gateway, 'DELETE /v1/pools/bulk', { key });

  assert.deepEqual([shown.ips.length, shown.dispatchers], [1, undefined]);
  assert.equal(deleted.status, 503);
});

function anIp(): SendingIp {
  return {
    ...{ id: randomUUID(), address: '192.0.2.7', ehloName: 'mx.posthorn.test', pool: 'default' },
    ...{ state: 'active', warmup: 'plan', checks: {}, revision: 0 },
    ...{ createdAtMs: 0, updatedAtMs: 0, nextCheckAtMs: 0 },
  };
}
