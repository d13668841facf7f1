import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectRedis } from '@posthorn/queue';
import { silentLogger, systemClock } from '@posthorn/runtime';
import { withTestRedis, withTestStore } from '@posthorn/testing';
import { createLookAtGeneration, generationKey } from './watch-generation.ts';

test('a new installation has lost nothing, however often and by however many it is looked at', async () => {
  await using world = await setUp();

  await Promise.all([world.look(), world.look(), world.look()]);
  await world.look();

  assert.equal(await world.store.generations.findLossAfter(0), null);
  assert.equal((await world.store.generations.findLatest())?.id, await world.redis.get(generationKey));
});

test('a Redis that was emptied is noticed, once, and mail accepted before is told from mail accepted after', async () => {
  await using world = await setUp();
  await world.look();
  const acceptedAtMs = Date.now() - 1_000;

  await world.redis.flushall();
  await Promise.all([world.look(), world.look()]);
  const lossAtMs = await world.store.generations.findLossAfter(acceptedAtMs);
  await world.look();

  assert.ok(lossAtMs !== null && lossAtMs > acceptedAtMs);
  assert.equal(await world.store.generations.findLossAfter(lossAtMs), null);
});

test('a Redis that another one took the place of is noticed', async () => {
  await using world = await setUp();
  await world.look();

  await world.redis.set(generationKey, 'of-another-redis');
  await world.look();

  assert.notEqual(await world.store.generations.findLossAfter(0), null);
});

test('a new MongoDB takes over the mark of Redis, and nothing counts as lost', async () => {
  await using world = await setUp();
  await world.redis.set(generationKey, 'kept');

  await world.look();

  assert.equal(await world.store.generations.findLossAfter(0), null);
  assert.equal((await world.store.generations.findLatest())?.id, 'kept');
});

async function setUp() {
  await using scope = new AsyncDisposableStack();
  const store = scope.use(await withTestStore());
  const { url } = scope.use(await withTestRedis());
  const { client: redis } = scope.use(await connectRedis({ url, role: 'plain', log: silentLogger }));
  const { generations } = store;
  const look = createLookAtGeneration({ redis, generations, clock: systemClock, log: silentLogger });
  const opened = scope.move();
  return { store, redis, look, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
