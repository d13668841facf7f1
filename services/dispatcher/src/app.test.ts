import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTcpGate } from '@posthorn/testing';
import { count, delivered, startIn } from './testing/app-in-world.ts';
import { createDispatchWorld } from './testing/dispatch-world.ts';
import { until } from './testing/until.ts';

test('two thousand messages each arrive once and are each reported delivered, while MongoDB is away', async () => {
  await using world = await createDispatchWorld();
  await using _app = await startIn(world);

  const sent = await world.post('ok', 2_000);
  await until(() => count(world, 'DELIVERED') >= 2_000);

  assert.deepEqual(world.sink.entries.map(({ probeId }) => probeId).toSorted(), sent.toSorted());
  assert.equal(count(world, 'DELIVERED'), 2_000);
  assert.equal(count(world, 'PROCESSED'), 2_000);
  assert.ok(world.sink.counts.connections <= 50);
});

test('a refused and a deferred message are reported as such, and the deferred one waits in its lane', async () => {
  await using world = await createDispatchWorld();
  await using _app = await startIn(world);

  await world.post('550-rcpt', 1);
  await world.post('451-rcpt', 1);
  await until(() => count(world, 'BOUNCE') === 1 && count(world, 'DEFERRED') === 1);

  const deferred = world.events.find(({ type }) => type === 'DEFERRED');
  assert.partialDeepStrictEqual(deferred, { attempt: 1, status: '4.7.1', mx: '127.0.0.1' });
});

test('the health pages answer, and say not ready while Redis is away', async () => {
  await using world = await createDispatchWorld();
  await using app = await startIn(world);
  const ask = (page: string) => fetch(`http://127.0.0.1:${app.healthPort}/${page}`);

  const before = [(await ask('livez')).status, (await ask('readyz')).status];
  await world.redis.kill();
  const after = (await ask('readyz')).status;
  await world.redis.restart();

  assert.deepEqual([...before, after], [200, 200, 503]);
});

test('F47 Redis lost right after a 250: the outcome is kept and recorded when it is back, nothing is doubled', async () => {
  await using world = await createDispatchWorld();
  await using gate = await startTcpGate({ port: world.redis.port });
  let shutCount = 0;
  await using _app = await startIn(
    world,
    { REDIS_URL: `redis://127.0.0.1:${gate.port}`, CONCURRENCY: '5' },
    {
      onPhase(phase) {
        if (phase !== 'after_250' || shutCount > 0) return undefined;
        shutCount += 1;
        gate.shut();
        setTimeout(() => gate.open(), 1_000);
        return undefined;
      },
    },
  );

  const sent = await world.post('ok', 40);
  await until(() => new Set(delivered(world)).size === 40, 40_000);

  assert.equal(shutCount, 1);
  assert.deepEqual(world.sink.entries.map(({ probeId }) => probeId).toSorted(), sent.toSorted());
});
