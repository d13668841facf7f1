import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isFault, silentLogger } from '@posthorn/runtime';
import { startRedisCluster, withTestRedis } from '@posthorn/testing';
import { consume } from './consume.ts';
import { deafRelay } from './deaf-relay.ts';
import { mastersOf } from './durability.ts';
import type { BagHandler } from './handler.ts';
import { laneDepth } from './lane-depth.ts';
import { createPostbox } from './postbox.ts';
import { connectRedis, type RedisLink } from './redis-link.ts';
import { isPosted, items, links, patient, quickLocks, type TestItem, testLane, until } from './test-kit.ts';
import { allDone } from './verdict.ts';

const log = silentLogger;
const lane = testLane('render');

test('F09: Redis killed again and again under load: what was acknowledged is handled, posters and workers recover by themselves', async () => {
  await using scope = new AsyncDisposableStack();
  const redis = scope.use(await withTestRedis());
  const { poster, worker } = await links(scope, redis.url);
  const post = scope.use(createPostbox(lane, { redis: poster, log }));
  const seen = new Map<string, number>();
  const acknowledged = new Set<string>();
  let refused = 0;
  let isOver = false;
  scope.use(
    consume(
      lane,
      async (taken) => {
        for (const { id } of taken) seen.set(id, (seen.get(id) ?? 0) + 1);
        return allDone;
      },
      { ...quickLocks, redis: worker, concurrency: 4 },
    ),
  );

  async function load(sender: number): Promise<void> {
    for (let n = 0; !isOver; n++) {
      const id = `${sender}-${n}`;
      await post.post({ id, text: '' }).then(
        () => acknowledged.add(id),
        (error) => {
          assert.ok(isFault(error, 'unavailable'));
          refused += 1;
        },
      );
      await delay(1);
    }
  }
  const senders = Array.from({ length: 20 }, (_, sender) => load(sender));
  for (let round = 0; round < 3; round++) {
    await until(
      'more is acknowledged',
      moreThan(() => acknowledged.size, 200),
    );
    await redis.kill();
    await until(
      'posters are told',
      moreThan(() => refused, 20),
    );
    await redis.restart();
  }
  await until(
    'more is acknowledged',
    moreThan(() => acknowledged.size, 200),
  );
  isOver = true;
  await Promise.all(senders);

  await until(
    'all that was acknowledged is handled',
    () => acknowledged.isSubsetOf(new Set(seen.keys())),
    10_000,
  );
  const repeated = [...seen.values()].filter((times) => times > 1).length;
  assert.ok(repeated <= 3 * 4 * 100, `${repeated} were handled again: more than were in hand at the kills`);
});

test('B4: the bag that came with a lost answer is handled after the lock ran out, and counts no crash', async () => {
  await using scope = new AsyncDisposableStack();
  const redis = scope.use(await withTestRedis());
  const relay = scope.use(await deafRelay(redis.port));
  const { worker: direct } = await links(scope, redis.url);
  const worker = scope.use(
    await connectRedis({ url: `redis://127.0.0.1:${relay.port}`, role: 'worker', log }),
  );
  const post = scope.use(createPostbox(lane, { redis: direct, ...patient }));
  await post.derived?.('b-1', 1).post([{ id: 'first', text: '' }]);
  await post.derived?.('b-2', 1).post([{ id: 'second', text: '' }]);
  const seen: string[] = [];

  scope.use(
    consume(
      lane,
      async (taken) => {
        seen.push(...taken.map(({ id, crashes }) => `${id}, ${crashes} crashes`));
        await delay(50);
        // All is answered but one thing, which comes next: the first is finished, here is the second.
        if (seen.length === 1) relay.loseNextAnswer();
        return allDone;
      },
      { ...quickLocks, redis: worker, concurrency: 1 },
    ),
  );

  const startedAt = performance.now();
  await until('the second', () => seen.length === 2);
  assert.ok(performance.now() - startedAt > 900, 'it was in nobody’s hands until its lock ran out');
  await until('nothing is left', async () => {
    const { waiting, active, delayed } = await laneDepth(lane, { redis: direct });
    return waiting + active + delayed === 0;
  });
  assert.deepEqual(seen, ['first, 0 crashes', 'second, 0 crashes']);
  assert.equal(relay.lost(), 1);
});

test('B13: with Redis gone a consumer in the middle of a bag closes within its time', async () => {
  await using scope = new AsyncDisposableStack();
  const redis = scope.use(await withTestRedis());
  const { worker } = await links(scope, redis.url);
  const post = scope.use(createPostbox(lane, { redis: worker, ...patient }));
  let isBegun = false;
  const consumer = consume(
    lane,
    async (taken, ctx) => {
      isBegun = true;
      await ctx.settle(taken[0]?.id ?? '', { kind: 'retry', delayMs: 1, reason: 'while Redis is away' });
      await new Promise(() => {});
    },
    { ...quickLocks, redis: worker, concurrency: 1, closeTimeoutMs: 500 },
  );
  await post.postAll(items(2));
  await until('it is begun', () => isBegun);
  await redis.kill();

  const startedAt = performance.now();
  await consumer[Symbol.asyncDispose]();

  assert.ok(performance.now() - startedAt < 1_500);
});

test('B13: a consumer that waits for bags closes at once', async () => {
  await using scope = new AsyncDisposableStack();
  const redis = scope.use(await withTestRedis());
  const { worker } = await links(scope, redis.url);
  const consumer = consume(lane, async () => allDone, { ...quickLocks, redis: worker, concurrency: 1 });
  await until('it is ready', async () => (await consumer.healthChecks.ready()).ok);

  const startedAt = performance.now();
  await consumer[Symbol.asyncDispose]();

  assert.ok(performance.now() - startedAt < 500);
});

test('a worker that hears nothing while bags wait fails its live check and says so once', async () => {
  await using scope = new AsyncDisposableStack();
  const redis = scope.use(await withTestRedis());
  const relay = scope.use(await deafRelay(redis.port));
  const { worker: probe } = await links(scope, redis.url);
  const behind = scope.use(
    await connectRedis({ url: `redis://127.0.0.1:${relay.port}`, role: 'worker', log }),
  );
  const post = scope.use(createPostbox(lane, { redis: probe, ...patient }));
  let deaf = 0;
  const consumer = scope.use(
    consume(lane, async () => allDone, {
      ...quickLocks,
      // The check has ears of its own: in a real process another connection of the same link.
      redis: { ...behind, client: probe.client },
      concurrency: 1,
      deafAfterMs: 400,
      closeTimeoutMs: 200,
      onDeaf: () => deaf++,
    }),
  );
  await until('it waits for bags', async () => (await consumer.healthChecks.live()).ok);

  relay.goSilent();
  await post.post({ id: 'unheard', text: '' });

  await until('it is found deaf', async () => !(await consumer.healthChecks.live()).ok);
  await delay(300);
  assert.equal(deaf, 1);
});

for (const [state, refuse, relent] of [
  ['B10, F13: full', ['CONFIG', 'SET', 'maxmemory', '1mb'], ['CONFIG', 'SET', 'maxmemory', '0']],
  ['F12: a replica', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
] as const) {
  test(`${state}: a worker does not hammer a Redis that refuses it, and goes on by itself`, async () => {
    await using scope = new AsyncDisposableStack();
    const redis = scope.use(await withTestRedis());
    const { worker } = await links(scope, redis.url);
    const post = scope.use(createPostbox(lane, { redis: worker, ...patient }));
    const [refuseCommand, ...refuseArgs] = refuse;
    const [relentCommand, ...relentArgs] = relent;
    await post.post({ id: 'waiting', text: '' });
    await worker.client.call(refuseCommand, ...refuseArgs);
    const seen: string[] = [];

    scope.use(consume(lane, collectInto(seen), { ...quickLocks, redis: worker, concurrency: 4 }));
    const before = await commandsOf(worker);
    await delay(1_500);
    const commands = (await commandsOf(worker)) - before;
    await worker.client.call(relentCommand, ...relentArgs);

    await until('it is handled', () => seen.length > 0);
    assert.ok(commands < 500, `${commands} commands in 1.5 s`);
  });
}

test('B12: on a cluster every shard keeps to one slot, and bags go through', async () => {
  await using scope = new AsyncDisposableStack();
  const cluster = scope.use(await startRedisCluster());
  const { poster, worker } = await links(scope, cluster.url);
  const post = scope.use(createPostbox(lane, { redis: worker, ...patient, shards: 4 }));
  const next = scope.use(createPostbox(testLane('next'), { redis: worker, ...patient, shards: 4 }));
  const arrived: string[] = [];
  const options = { ...quickLocks, redis: worker, concurrency: 4, shards: 4 };
  scope.use(
    consume(
      lane,
      async (taken, ctx) => {
        const [first] = taken;
        if (first?.attempt === 1) await ctx.settle(first.id, { kind: 'retry', delayMs: 10, reason: 'again' });
        const rest = taken.filter(({ id, attempt }) => id !== first?.id || attempt > 1);
        await ctx.postNext(
          next,
          rest.map(({ item }) => item),
          rest.map(({ id }) => id),
        );
        return allDone;
      },
      options,
    ),
  );
  scope.use(
    consume(
      testLane('next'),
      async (taken) => {
        arrived.push(...taken.map(({ id }) => id));
        return allDone;
      },
      options,
    ),
  );

  await post.postAll(items(399));
  await using quick = createPostbox(lane, { redis: poster, log, shards: 4 });
  await until('a poster is taken', () => isPosted(quick.post({ id: 'quick', text: '' })));

  await until('all arrive', () => arrived.length >= 400);
  assert.ok(new Set(arrived).size === 400 && arrived.includes('quick'));
  const keys = await Promise.all(mastersOf(poster.client).map((node) => node.keys('*')));
  const tags = keys.flat().map((key) => /^\{[^}]+\}/.exec(key)?.[0]);
  assert.equal(new Set(tags).size, 8, 'four shards of two lanes, and no key outside');
});

function collectInto(seen: string[]): BagHandler<TestItem> {
  return async (taken) => {
    seen.push(...taken.map(({ id }) => id));
    return allDone;
  };
}

async function commandsOf({ client }: RedisLink): Promise<number> {
  return Number(/^total_commands_processed:(\d+)/m.exec(await client.info('stats'))?.[1]);
}

/** Whether a count grew by more than `by` since now. */
function moreThan(read: () => number, by: number): () => boolean {
  const before = read();
  return () => read() > before + by;
}
