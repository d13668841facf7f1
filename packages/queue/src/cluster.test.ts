import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isFault, silentLogger } from '@posthorn/runtime';
import { startRedisCluster, type TestRedisCluster } from '@posthorn/testing';
import { Redis } from 'ioredis';
import { findBlobReferences } from './blob-references.ts';
import { consume } from './consume.ts';
import { laneDepth } from './lane-depth.ts';
import { listParked, releaseParked } from './parking.ts';
import { createPostbox } from './postbox.ts';
import { connectRedis, type RedisLink } from './redis-link.ts';
import { isPosted, items, links, patient, quickLocks, testLane, until } from './test-kit.ts';
import { allDone, park } from './verdict.ts';

const log = silentLogger;
const shards = 4;

describe('B12: on a Redis Cluster of three primaries, four shards a lane', () => {
  let cluster: TestRedisCluster;
  let worker: RedisLink;
  let poster: RedisLink;
  const scope = new AsyncDisposableStack();

  before(async () => {
    cluster = scope.use(await startRedisCluster());
    ({ worker, poster } = await links(scope, cluster.url));
  });
  after(() => scope.disposeAsync());

  test('the shards of a lane lie on every node', async () => {
    const lane = testLane('spread');
    await using post = createPostbox(lane, { redis: worker, shards, ...patient });

    for (const item of items(8)) await post.post(item);
    const keysOfNodes = await Promise.all(
      cluster.nodes.map(async ({ url }) => {
        using node = connectNode(url);
        return await node.client.keys('{ph:spread:*');
      }),
    );

    assert.ok(keysOfNodes.filter((keys) => keys.length > 0).length >= 2);
    assert.equal((await laneDepth(lane, { redis: worker, shards })).waiting, 8);
  });

  test('commands of one turn that lie on different nodes each reach their own', async () => {
    const names = Array.from({ length: 200 }, (_, n) => `key-${n}`);
    const script = "return redis.call('APPEND', KEYS[1], ARGV[1])";

    await Promise.all(names.map((name) => poster.client.set(name, name)));
    await Promise.all(names.map((name) => poster.client.eval(script, 1, name, '!')));
    const values = await Promise.all(names.map((name) => poster.client.get(name)));

    assert.deepEqual(
      values,
      names.map((name) => `${name}!`),
    );
  });

  test('parked items of all shards are listed, hold their blobs and are released', async () => {
    const lane = testLane('parked');
    await using post = createPostbox(lane, { redis: worker, shards, ...patient });
    for (const item of items(8)) await post.post(item);
    const seen: string[] = [];
    await using _consumer = consume(
      lane,
      async (taken) => {
        seen.push(...taken.map(({ id }) => id));
        return seen.length > 8 ? allDone : new Map(taken.map(({ id }) => [id, park('look at it')]));
      },
      { ...quickLocks, redis: worker, shards, concurrency: 4 },
    );
    await until('all parked', async () => (await laneDepth(lane, { redis: worker, shards })).parked === 8);

    const parked = await listParked(lane, { redis: worker, shards });
    const blobs = await findBlobReferences({ redis: worker, log });
    const ids = parked.map(({ id }) => id);
    const released = await releaseParked(lane, ids, { redis: worker, shards });

    assert.equal(released, 8);
    assert.equal(blobs?.size, 0);
    await until('all handled again', () => seen.length === 16);
    assert.deepEqual(
      seen.slice(8).toSorted(),
      items(8)
        .map(({ id }) => id)
        .toSorted(),
    );
  });

  test('F08: with one primary killed posts are refused within a second, and all that was accepted is handled when it is back', async () => {
    const lane = testLane('outage');
    await using post = createPostbox(lane, { redis: poster, shards, log });
    const handled: string[] = [];
    await using _consumer = consume(
      lane,
      async (taken) => {
        handled.push(...taken.map(({ id }) => id));
        return allDone;
      },
      { ...quickLocks, redis: worker, shards, concurrency: 4 },
    );
    const accepted: string[] = [];
    const postAll = (prefix: string) =>
      Promise.all(
        items(40, prefix).map(async (item) => {
          const startedAtMs = performance.now();
          if (await isPosted(post.post(item))) accepted.push(item.id);
          return performance.now() - startedAtMs;
        }),
      );
    await postAll('before');

    await cluster.nodes[1]?.kill();
    const tookMs = await postAll('away');
    await cluster.nodes[1]?.restart();
    await until('taken again', () => isPosted(post.postAll(items(40, 'after'))), 40_000);

    assert.ok(Math.max(...tookMs) < 1_500, `${Math.max(...tookMs)} ms`);
    await until('all handled', () => accepted.every((id) => handled.includes(id)), 40_000);
  });

  test('one node of a cluster as the only address is refused, and what to write is said', async () => {
    await assert.rejects(
      connectRedis({ url: cluster.nodes[0]?.url ?? '', role: 'poster', log }),
      (error) => isFault(error, 'misconfigured') && /one node of a Redis Cluster/.test(error.message),
    );
  });
});

test('the password in the first URL is used at nodes that only the cluster names', async () => {
  await using cluster = await startRedisCluster();
  for (const { url } of cluster.nodes) {
    using node = connectNode(url);
    await node.client.config('SET', 'requirepass', 'p@ss');
  }
  const { port } = new URL(cluster.nodes[0]?.url ?? '');
  const url = `redis://:p%40ss@127.0.0.1:${port}`;

  await using link = await connectRedis({ url: `${url},${url}`, role: 'poster', log });
  const replies = await Promise.all(items(20).map(({ id }) => link.client.set(id, id)));

  assert.equal(replies.length, 20);
});

/** One node by itself. */
function connectNode(url: string) {
  const client = new Redis(url);
  return { client, [Symbol.dispose]: () => client.disconnect() };
}
