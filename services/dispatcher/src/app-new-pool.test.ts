import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withTestStore } from '@posthorn/testing';
import { aSource, setUpPools } from './testing/pool-world.ts';
import { until } from './testing/until.ts';

test('a pool and an address that are added while dispatchers run are used without a restart', async (t) => {
  await using store = await withTestStore();
  const url = new URL(store.url);
  url.pathname = store.dbName;
  const world = await setUpPools(t, {
    sources: [],
    env: { MONGODB_URL: url.href },
    options: { sourcesEveryMs: 100 },
    dispatcherCount: 2,
  });

  const [sent] = await world.post('ok', 1, {}, 'added');
  await store.pools.insert({ name: 'added', createdAtMs: 1 });
  const { address, ehloName } = aSource('127.0.0.31');
  await store.ips.insert({
    ...{ id: 'ip', address, ehloName, pool: 'added', state: 'active', warmup: 'skip' },
    ...{ checks: {}, createdAtMs: 1, updatedAtMs: 1, nextCheckAtMs: 1, revision: 1 },
  });
  await until(() => world.eventsOf('DELIVERED').length === 1);

  assert.deepEqual(
    world.sink.entries.map(({ probeId, ip }) => [probeId, ip]),
    [[sent, '127.0.0.31']],
  );
});
