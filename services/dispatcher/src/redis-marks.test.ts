import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectRedis } from '@posthorn/queue';
import { createFakeClock, isFault, silentLogger } from '@posthorn/runtime';
import { anEvent, startRedisCluster, withTestRedis } from '@posthorn/testing';
import type { AttemptEvent, DeliveryMark } from './delivery-mark.ts';
import { createMarkSeal } from './mark-seal.ts';
import { clusterTagCount, createRedisMarks, type MarkSeal } from './redis-marks.ts';

const id = '0190f3c0-0000-8000-8000-000000000001:0';
const other = '0190f3c0-0000-8000-8000-000000000001:1';
const committing: DeliveryMark = { state: 'committing', attempt: 1, ambiguousCount: 0 };
const event: AttemptEvent = anEvent('DELIVERED', { recipient: 'jane@example.com' });
const ended: DeliveryMark = { state: 'ended', ambiguousCount: 1, event };

test('marks are read as they were written, replaced, and gone when cleared', async () => {
  await using world = await setUp();
  const { marks, expiresAtMs } = world;

  await marks.write(id, committing, expiresAtMs);
  await marks.write(other, ended, expiresAtMs);
  const both = await marks.read([id, other]);
  await marks.write(id, ended, expiresAtMs);
  await marks.clear([other]);

  assert.deepEqual(Object.fromEntries(both), { [id]: committing, [other]: ended });
  assert.deepEqual(Object.fromEntries(await marks.read([id, other])), { [id]: ended });
});

test('a mark outlives its delivery by a day, also one that is over already', async () => {
  await using world = await setUp();

  await world.marks.write(id, committing, world.expiresAtMs);
  await world.marks.write(other, committing, 0);

  assert.deepEqual(await world.ttlHours(), [25, 24]);
});

test('a mark that cannot be read counts as committing: better asked than lost', async () => {
  await using world = await setUp();

  await world.client.set(world.keyOf(id), '{"state":"of a later version"}');
  await world.client.set(world.keyOf(other), 'not JSON');

  const marks = await world.marks.read([id, other]);
  assert.deepEqual([marks.get(id)?.state, marks.get(other)?.state], ['committing', 'committing']);
});

test('B17 with a seal key Redis shows no recipient, and an older key still opens', async () => {
  const [older, newer] = ['an older key of enough length', 'a newer key of enough length'];
  await using world = await setUp(createMarkSeal(older));

  await world.marks.write(id, ended, world.expiresAtMs);
  const stored = await world.client.get(world.keyOf(id));
  const rotated = world.marksWith(createMarkSeal(`${newer},${older}`));
  const lost = world.marksWith(createMarkSeal(newer));

  assert.doesNotMatch(stored ?? '', /jane|example/);
  assert.deepEqual((await rotated.read([id])).get(id), ended);
  assert.equal((await lost.read([id])).get(id)?.state, 'committing');
});

test('B14 without Redis every call fails within a second, as unavailable', async () => {
  await using world = await setUp();
  await world.redis.kill();

  const startedAtMs = performance.now();
  for (const call of [
    world.marks.read([id]),
    world.marks.write(id, committing, 0),
    world.marks.clear([id]),
  ]) {
    await assert.rejects(call, (error) => isFault(error, 'unavailable'));
  }

  assert.ok(performance.now() - startedAtMs < 1_500);
});

test('B12: on a Redis Cluster the marks of a bag lie on every node, and are read and cleared in one go', async () => {
  await using cluster = await startRedisCluster();
  await using link = await connectRedis({ url: cluster.url, role: 'worker', log: silentLogger });
  const clock = createFakeClock();
  const marks = createRedisMarks({
    redis: link.client,
    lane: 'dispatch-default',
    clock,
    tagCount: clusterTagCount,
  });
  const ids = Array.from({ length: 100 }, (_, n) => `${id}${n}`);

  await Promise.all(ids.map((deliveryId) => marks.write(deliveryId, committing, clock.nowMs())));
  const known = await marks.read([...ids, other]);
  await marks.clear(ids.slice(1));
  const left = await marks.read(ids);

  assert.deepEqual([...known.keys()].toSorted(), ids.toSorted());
  assert.deepEqual([...left.keys()], ids.slice(0, 1));
});

async function setUp(seal?: MarkSeal) {
  await using scope = new AsyncDisposableStack();
  const redis = scope.use(await withTestRedis());
  const { client } = scope.use(await connectRedis({ url: redis.url, role: 'poster', log: silentLogger }));
  const clock = createFakeClock();
  const keyOf = (deliveryId: string) => `ph:{dispatch-default:0}:mark:${deliveryId}`;
  const marksWith = (markSeal?: MarkSeal) =>
    createRedisMarks({ redis: client, lane: 'dispatch-default', clock, ...(markSeal && { seal: markSeal }) });
  const opened = scope.move();
  return {
    ...{ redis, client, keyOf, marksWith },
    marks: marksWith(seal),
    expiresAtMs: clock.nowMs() + 3_600_000,
    ttlHours: async () =>
      (await Promise.all([id, other].map((name) => client.pttl(keyOf(name))))).map((ms) =>
        Math.round(ms / 3_600_000),
      ),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}
