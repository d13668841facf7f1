import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault, silentLogger } from '@posthorn/runtime';
import { withTestRedis } from '@posthorn/testing';
import { consume } from './consume.ts';
import { deafRelay } from './deaf-relay.ts';
import { laneDepth } from './lane-depth.ts';
import { createPostbox, type PostboxOptions } from './postbox.ts';
import { connectRedis } from './redis-link.ts';
import { isPosted, items, links, memoryBlobs, quickLocks, testLane, until } from './test-kit.ts';
import { allDone } from './verdict.ts';

const log = silentLogger;
const lane = testLane('render');

test('what was posted survives SIGKILL of Redis', async () => {
  await using scope = new AsyncDisposableStack();
  const { redis, post, worker } = await setUp(scope);

  await post.postAll(items(250));
  await redis.kill();
  await redis.restart();

  await until('redis is back', async () => (await worker.healthCheck()).ok);
  assert.equal((await laneDepth(lane, { redis: worker })).waiting, 3);
});

test('B5: a bag whose answer was lost is sent again and is there once', async () => {
  await using redis = await withTestRedis();
  await using relay = await deafRelay(redis.port);
  await using poster = await connectRedis({ url: `redis://127.0.0.1:${relay.port}`, role: 'poster', log });
  await using plain = await connectRedis({ url: redis.url, role: 'plain', log });
  await using post = createPostbox(lane, { redis: poster, log });
  await post.post({ id: 'first', text: '' });

  relay.loseNextAnswer();
  await post.post({ id: 'second', text: '' });

  assert.equal(relay.lost(), 1);
  assert.equal((await laneDepth(lane, { redis: plain })).waiting, 2);
});

test('B6: what is derived from a bag is one bag however much it is, so it is there or not', async () => {
  await using scope = new AsyncDisposableStack();
  const { poster, worker } = await setUp(scope);
  const { blobs, kept } = memoryBlobs();
  await using post = createPostbox(lane, { redis: poster, log, blobs });

  await post.derived?.('b-1', 1).post(items(180).map((item) => ({ ...item, text: 'x'.repeat(30_000) })));

  assert.equal((await laneDepth(lane, { redis: worker })).waiting, 1);
  assert.equal(kept.size, 180, 'over 4 MiB they travel beside it');
});

test('B8: a derived bag posted again after it was handled is ignored', async () => {
  await using scope = new AsyncDisposableStack();
  const { post, worker } = await setUp(scope);
  const seen: string[] = [];
  const take = async (taken: readonly { id: string }[]) => {
    seen.push(...taken.map(({ id }) => id));
    return allDone;
  };
  scope.use(consume(lane, take, { ...quickLocks, redis: worker, concurrency: 1 }));

  await post.derived?.('b-1', 1).post(items(2));
  await until(
    'handled',
    async () => seen.length === 2 && (await laneDepth(lane, { redis: worker })).active === 0,
  );
  await post.derived?.('b-1', 1).post(items(2));
  await post.post({ id: 'after', text: '' });
  await until('the one after', () => seen.includes('after'));

  assert.deepEqual(seen, ['i0', 'i1', 'after']);
});

test('B10: from 80 % of its memory Redis takes no new mail, what is in it is worked on, and then it takes mail again', async () => {
  await using scope = new AsyncDisposableStack();
  const { post, poster, worker } = await setUp(scope, { maxmemory: '30mb' });
  await post.post({ id: 'early', text: '' });
  const ballast: string[] = [];
  while (usedShare(await worker.client.info('memory')) < 0.83) {
    const key = `ballast${ballast.length}`;
    await worker.client.set(key, Buffer.alloc(200 * 1024));
    ballast.push(key);
  }

  await until('full', async () => !(await poster.memory.hasRoom()));
  await assert.rejects(post.post({ id: 'late', text: '' }), (error) => isFault(error, 'unavailable'));
  assert.equal((await post.isHealthy()()).ok, false);

  const seen: string[] = [];
  const take = async (taken: readonly { id: string }[]) => {
    seen.push(...taken.map(({ id }) => id));
    return allDone;
  };
  scope.use(consume(lane, take, { ...quickLocks, redis: worker, concurrency: 1 }));
  await until('the early one is handled', () => seen.includes('early'));

  await worker.client.del(...ballast);
  await until('room again', () => poster.memory.hasRoom());
  await post.post({ id: 'later', text: '' });
  await until('the later one is handled', () => seen.includes('later'));
});

test('B10: at 100 % of its memory a post is refused at once, not waited for', async () => {
  await using scope = new AsyncDisposableStack();
  const { post, worker } = await setUp(scope);
  await post.post({ id: 'first', text: '' });
  await worker.client.config('SET', 'maxmemory', '1mb');

  await assert.rejects(post.derived?.('b-1', 1).post(items(1)) ?? Promise.resolve(), (error) =>
    isFault(error, 'unavailable'),
  );
});

test('B11: with replicas asked for, a post waits for them, and is refused where they are missing', async () => {
  await using scope = new AsyncDisposableStack();
  const { redis, poster, worker } = await setUp(scope);
  await worker.client.config('SET', 'repl-diskless-sync-delay', '0');
  await using replica = await withTestRedis({ settings: { replicaof: `127.0.0.1 ${redis.port}` } });
  await using post = createPostbox(lane, { redis: poster, log, acceptReplicas: 1 });

  await until('it is replicated', () => isPosted(post.post({ id: 'replicated', text: '' })));
  await replica.kill();

  await assert.rejects(post.post({ id: 'alone', text: '' }), (error) => isFault(error, 'unavailable'));
});

test('B14: with Redis away a post is refused within a second, and taken again when Redis is back', async () => {
  await using scope = new AsyncDisposableStack();
  const { redis, post } = await setUp(scope);
  await post.post({ id: 'before', text: '' });
  await redis.kill();

  const startedAt = performance.now();
  const posts = await Promise.allSettled(items(500).map((item) => post.post(item)));
  const tookMs = performance.now() - startedAt;

  assert.ok(posts.every(({ status }) => status === 'rejected'));
  assert.ok(posts.every((result) => result.status === 'rejected' && isFault(result.reason, 'unavailable')));
  assert.ok(tookMs < 1_100, `${tookMs} ms`);
  await redis.restart();
  await until('taken again', () => isPosted(post.post({ id: 'after', text: '' })));
});

test('B14: a Redis that says nothing (stopped process) refuses within a second too', async () => {
  await using scope = new AsyncDisposableStack();
  const { redis, post } = await setUp(scope);
  await post.post({ id: 'before', text: '' });

  process.kill(redis.pid, 'SIGSTOP');
  const startedAt = performance.now();
  await assert.rejects(post.post({ id: 'during', text: '' }), (error) => isFault(error, 'unavailable'));
  const tookMs = performance.now() - startedAt;
  process.kill(redis.pid, 'SIGCONT');

  assert.ok(tookMs < 1_100, `${tookMs} ms`);
});

test('a Redis that became a replica refuses at once', async () => {
  await using scope = new AsyncDisposableStack();
  const { post, worker } = await setUp(scope);
  await post.post({ id: 'before', text: '' });
  await worker.client.replicaof('127.0.0.1', '1');

  await assert.rejects(post.post({ id: 'during', text: '' }), (error) => isFault(error, 'unavailable'));
});

test('items over 256 KiB have a bag each, so that a consumer holds one of them in memory and not a hundred', async () => {
  await using scope = new AsyncDisposableStack();
  const { poster, worker } = await setUp(scope);
  const { blobs } = memoryBlobs();
  await using post = createPostbox(lane, { redis: poster, log, blobs });

  await post.postAll(items(5).map((item) => ({ ...item, text: 'x'.repeat(600 * 1024) })));

  assert.equal((await laneDepth(lane, { redis: worker })).waiting, 5);
});

test('B17: with a seal key a dump of Redis shows neither recipient nor content', async () => {
  await using scope = new AsyncDisposableStack();
  const { poster, worker } = await setUp(scope);
  await using post = createPostbox(lane, { redis: poster, log, sealKey: 'a key of enough length' });

  await post.post({ id: 'recipient@example.com', text: 'your code is 123456' });
  const dump = await dumpOf(worker);

  assert.ok(dump.length > 100);
  const packed = /"?1s([A-Za-z0-9+/=]+)/.exec(dump)?.[1] ?? '';
  for (const text of [dump, Buffer.from(packed, 'base64').toString('latin1')]) {
    assert.doesNotMatch(text, /recipient|example\.com|123456/);
  }
});

test('an item that does not fit the lane is refused and the others of its bag are not', async () => {
  await using scope = new AsyncDisposableStack();
  const { post, worker } = await setUp(scope);
  // @ts-expect-error: a caller without types
  const wrong = post.post({ id: 17 });

  const right = post.post({ id: 'right', text: '' });

  await assert.rejects(wrong, (error) => isFault(error, 'invalid_request'));
  await right;
  assert.equal((await laneDepth(lane, { redis: worker })).waiting, 1);
});

test('an item over 256 KiB travels beside its bag, and its blob is deleted when it is done', async () => {
  await using scope = new AsyncDisposableStack();
  const { poster, worker } = await setUp(scope);
  const { blobs, kept } = memoryBlobs();
  await using post = createPostbox(lane, { redis: poster, log, blobs });
  const text = 'x'.repeat(300 * 1024);
  const seen: number[] = [];

  await post.post({ id: 'large', text });
  assert.equal(kept.size, 1);
  const take = async (taken: readonly { item: { text: string } }[]) => {
    seen.push(...taken.map(({ item }) => item.text.length));
    return allDone;
  };
  scope.use(consume(lane, take, { ...quickLocks, redis: worker, concurrency: 1, blobs }));

  await until('the blob is deleted', () => kept.size === 0);
  assert.deepEqual(seen, [text.length]);
});

async function setUp(
  scope: AsyncDisposableStack,
  { maxmemory, ...options }: { maxmemory?: string } & Partial<PostboxOptions> = {},
) {
  const redis = scope.use(await withTestRedis(maxmemory === undefined ? {} : { maxmemory }));
  const { poster, worker } = await links(scope, redis.url);
  const post = scope.use(createPostbox(lane, { redis: poster, log, ...options }));
  return { redis, poster, worker, post };
}

function usedShare(info: string): number {
  const [, used] = /^used_memory:(\d+)/m.exec(info) ?? [];
  const [, max] = /^maxmemory:(\d+)/m.exec(info) ?? [];
  return Number(used) / Number(max);
}

async function dumpOf(link: { client: Awaited<ReturnType<typeof connectRedis>>['client'] }): Promise<string> {
  const keys = await link.client.keys('*');
  const hashes = keys.filter((key) => /:[bd]-[0-9a-f-]+$/.test(key) && !key.includes(':de:'));
  const values = await Promise.all(hashes.map((key) => link.client.hgetall(key)));
  return JSON.stringify([keys, values]);
}
