import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type TestRedis, withTestRedis } from '@posthorn/testing';
import { createBagCodec } from './bag.ts';
import { createBagPoster } from './bag-poster.ts';
import { type ConsumeOptions, consume } from './consume.ts';
import { eachItem } from './each-item.ts';
import type { BagHandler, Taken } from './handler.ts';
import { createJobRecord } from './job-record.ts';
import { laneDepth } from './lane-depth.ts';
import { listParked, releaseParked } from './parking.ts';
import { createPostbox } from './postbox.ts';
import type { RedisLink } from './redis-link.ts';
import {
  items,
  links,
  memoryBlobs,
  patient,
  quickLocks,
  type TestItem,
  testLane,
  until,
} from './test-kit.ts';
import { allDone, done, park, retryAfter, type Verdict, waitFor } from './verdict.ts';

describe('consume', { concurrency: 4 }, () => {
  let redis: TestRedis;
  let worker: RedisLink;
  const scope = new AsyncDisposableStack();

  before(async () => {
    redis = scope.use(await withTestRedis());
    ({ worker } = await links(scope, redis.url));
  });
  after(() => scope.disposeAsync());

  test('every item of every bag reaches the handler once, on all shards', async () => {
    const { post, seen, depth } = start('all-shards', async () => allDone, { shards: 3 });

    await post.postAll(items(1_000));
    await until('all are seen', () => seen.length === 1_000);

    assert.equal(new Set(seen.map(({ id }) => id)).size, 1_000);
    await until('nothing is left', async () => isEmpty(await depth()));
  });

  test('a retried item comes back no sooner than asked, with one more attempt, the rest does not', async () => {
    const seenAt: { id: string; attempt: number; atMs: number; origin: string }[] = [];
    const { post } = start('retry', async (taken) => {
      for (const { id, attempt, originBagId: origin } of taken) {
        seenAt.push({ id, attempt, atMs: performance.now(), origin });
      }
      return new Map(
        taken.map(({ id, attempt }) => [id, id === 'i1' && attempt < 3 ? retryAfter(100, 'later') : done]),
      );
    });

    await post.postAll(items(3));
    await until('third attempt', () => seenAt.some(({ attempt }) => attempt === 3));

    const tries = seenAt.filter(({ id }) => id === 'i1');
    assert.deepEqual(
      tries.map(({ attempt }) => attempt),
      [1, 2, 3],
    );
    assert.equal(new Set(tries.map(({ origin }) => origin)).size, 1, 'the origin stays');
    assert.ok((tries[1]?.atMs ?? 0) - (tries[0]?.atMs ?? 0) >= 99);
    assert.deepEqual(
      seenAt.filter(({ id }) => id !== 'i1').map(({ attempt }) => attempt),
      [1, 1],
    );
  });

  test('an item that waited comes back with the attempt it had, and a later try counts on from there', async () => {
    const verdicts = [retryAfter(10, 'tried'), waitFor(30, 'its turn'), waitFor(10, 'its turn')];
    const { post, seen } = start('wait', async (taken) => {
      const verdict = verdicts.shift() ?? done;
      return new Map(taken.map(({ id }) => [id, verdict]));
    });

    await post.post({ id: 'patient', text: '' });
    await until('the last run', () => seen.length === 4);

    assert.deepEqual(
      seen.map(({ attempt }) => attempt),
      [1, 2, 2, 2],
    );
  });

  test('an item that waits is back before the slowest of its bag has ended', async () => {
    const going = Promise.withResolvers<void>();
    const { post, seen, depth } = start(
      'early',
      eachItem(
        async ({ id }) => {
          if (id === 'i0') await going.promise;
          if (id === 'i1' && seen.length <= 2) return waitFor(20, 'its turn');
          return done;
        },
        { concurrency: 3 },
      ),
    );

    await post.postAll(items(2));
    await until('it is back', () => seen.length >= 3);
    going.resolve();

    assert.deepEqual({ id: seen[2]?.id, attempt: seen[2]?.attempt }, { id: 'i1', attempt: 1 });
    await until('nothing is left', async () => isEmpty(await depth()));
    assert.equal(seen.length, 3);
  });

  test('of bags with large items only so many are in hand at once, and small ones pass them', async () => {
    const { blobs } = memoryBlobs();
    const lane = testLane('large');
    await using post = createPostbox(lane, { redis: worker, ...patient, blobs });
    const going = Promise.withResolvers<void>();
    const inHand = { now: 0, most: 0 };
    let small = 0;
    const handle: BagHandler<TestItem> = async ([first]) => {
      if (first?.id.startsWith('small')) small += 1;
      else {
        inHand.most = Math.max(inHand.most, ++inHand.now);
        await going.promise;
        inHand.now -= 1;
      }
      return allDone;
    };
    const bags = { redis: worker, concurrency: 8, blobs, blobBagsMax: 2, ...quickLocks };
    await using _consumer = consume(lane, handle, bags);

    for (const id of ['a', 'b', 'c', 'd']) await post.post({ id, text: 'x'.repeat(300 * 1024) });
    await post.post({ id: 'small', text: '' });
    await until('the small one has passed', () => small === 1);
    await until('the first large ones are in hand', () => inHand.now === 2);
    going.resolve();
    await until('nothing is left', async () => isEmpty(await laneDepth(lane, { redis: worker })));

    assert.equal(inHand.most, 2);
  });

  test('a bag of large items that waits for its turn is left to others when its service stops', async () => {
    const { blobs } = memoryBlobs();
    const lane = testLane('large-stop');
    await using post = createPostbox(lane, { redis: worker, ...patient, blobs });
    const going = Promise.withResolvers<void>();
    const seen: string[] = [];
    const handle: BagHandler<TestItem> = async ([first]) => {
      seen.push(first?.id ?? '');
      await going.promise;
      return allDone;
    };
    const bags = { redis: worker, concurrency: 2, blobs, blobBagsMax: 1, ...quickLocks };
    const consumer = consume(lane, handle, bags);
    for (const id of ['first', 'second']) await post.post({ id, text: 'x'.repeat(300 * 1024) });
    const depth = () => laneDepth(lane, { redis: worker });
    await until('both are taken', async () => (await depth()).active === 2 && seen.length === 1);

    const stopped = consumer[Symbol.asyncDispose]();
    going.resolve();
    await stopped;

    assert.deepEqual(seen, ['first']);
    assert.equal((await depth()).waiting, 1);
  });

  test('F50: what an older release reads of a wait is a time, so that it brings the item back', async () => {
    const jobKey = 'wait-mark:job';
    await worker.client.set(`${jobKey}:lock`, 'token');
    const record = createJobRecord(worker.client, { jobKey, token: 'token' });

    await record.mark(new Map([[3, { atMs: 1_234, waitMs: 500 }]]));
    const fields = await worker.client.hgetall(jobKey);
    const { marks } = await record.read();

    assert.equal(fields['ph:item:3'], '1234');
    assert.deepEqual(marks.get(3), { atMs: 1_234, waitMs: 500 });
  });

  test('B16: items retried again and again leave no bag behind', async () => {
    const { post, depth, seen } = start(
      'many-retries',
      async (taken) =>
        new Map(taken.map(({ id, attempt }) => [id, attempt < 5 ? retryAfter(20, 'later') : done])),
    );

    await post.postAll(items(10));

    await until('all done', () => seen.filter(({ attempt }) => attempt === 5).length === 10);
    await until('nothing is left', async () => isEmpty(await depth()));
  });

  test('a parked item waits until it is released, and keeps its attempt', async () => {
    const verdicts: Verdict[] = [park('no such version'), done];
    const { post, lane, seen } = start('park', async (taken) => {
      const verdict = verdicts.shift() ?? done;
      return new Map(taken.map(({ id }) => [id, verdict]));
    });

    await post.post({ id: 'odd', text: '' });
    await until('parked', async () => (await listParked(lane, { redis: worker })).length === 1);
    const [parked] = await listParked(lane, { redis: worker });
    assert.deepEqual({ id: parked?.id, reason: parked?.reason }, { id: 'odd', reason: 'no such version' });
    assert.equal(await releaseParked(lane, ['odd', 'unknown'], { redis: worker }), 1);

    await until('seen again', () => seen.length === 2);
    assert.deepEqual(await listParked(lane, { redis: worker }), []);
    assert.equal(await releaseParked(lane, ['odd'], { redis: worker }), 0);
  });

  test('what the handler throws sends only the unsettled items round again', async () => {
    let runs = 0;
    const { post, seen } = start('throws', async (taken, ctx) => {
      runs += 1;
      if (runs > 1) return allDone;
      await ctx.settle(taken[0]?.id ?? '', done);
      throw new Error('something passes');
    });

    await post.postAll(items(3));
    await until('second run', () => runs === 2);

    assert.deepEqual(
      seen.map(({ id }) => id),
      ['i0', 'i1', 'i2', 'i1', 'i2'],
    );
    assert.equal(seen.at(-1)?.crashes, 0, 'an error is no crash');
  });

  test('an item settled for later comes back although the handler threw afterwards', async () => {
    let runs = 0;
    const { post, seen } = start('settled-then-throws', async (taken, ctx) => {
      runs += 1;
      if (runs > 1) return allDone;
      await ctx.settle(taken[0]?.id ?? '', retryAfter(10, 'later'));
      throw new Error('something passes');
    });

    await post.postAll(items(2));
    await until('both again', () => seen.length === 4);

    assert.deepEqual(
      seen
        .slice(2)
        .map(({ id, attempt }) => `${id}:${attempt}`)
        .toSorted(),
      ['i0:2', 'i1:1'],
    );
  });

  test('an item without a verdict is tried again', async () => {
    const { post, seen } = start('no-verdict', async (taken) => {
      if (taken[0]?.attempt === 1) return;
      return allDone;
    });

    await post.post({ id: 'forgotten', text: '' });

    await until('second try', () => seen.length === 2);
    assert.equal(seen[1]?.attempt, 2);
  });

  test('eachItem settles every item alone: one that throws holds up none', async () => {
    let throws = 0;
    const { post, seen, depth } = start(
      'each',
      eachItem(
        async ({ id }) => {
          if (id === 'i4' && throws++ === 0) throw new Error('only once');
          return done;
        },
        { concurrency: 3 },
      ),
    );

    await post.postAll(items(10));
    await until('nothing is left', async () => seen.length > 10 && isEmpty(await depth()));

    assert.deepEqual(
      seen.slice(10).map(({ id }) => id),
      ['i4'],
    );
  });

  test('an item that a newer version posted and this one cannot read is parked, and its bag goes on', async () => {
    const { post, lane, seen } = start('odd-item', async () => allDone);
    const codec = createBagCodec(lane.name, undefined);
    await using raw = createBagPoster(lane.name, { redis: worker });

    const data = codec.encode('b-odd', Date.now(), ['{"i":{"id":7}}', '{"i":{"id":"fine","added":true}}']);
    await raw.add({ id: 'b-odd', shard: 0, data, rememberMs: 1_000 }, 30_000);
    await post.post({ id: 'next', text: '' });

    await until('both are seen', () => seen.length === 2);
    assert.deepEqual(
      (await listParked(lane, { redis: worker })).map(({ reason }) => reason),
      ['does not fit its lane'],
    );
  });

  test('F50: a bag of a later version waits and is not failed, the others go on', async () => {
    const { post, lane, seen, depth } = start('later-version', async () => allDone);
    await using raw = createBagPoster(lane.name, { redis: worker });

    await raw.add({ id: 'b-later', shard: 0, data: '2zAAAA', rememberMs: 1_000 }, 30_000);
    await post.post({ id: 'next', text: '' });

    await until('the other is seen', () => seen.length === 1);
    await until('it waits', async () => (await depth()).delayed === 1);
  });

  test('B17: a consumer without the key leaves sealed bags alone, one with it handles them', async () => {
    const lane = testLane('sealed');
    const sealKey = 'a key of enough length';
    const post = scope.use(createPostbox(lane, { redis: worker, ...patient, sealKey }));
    const seen: string[] = [];
    const options = { ...quickLocks, redis: worker, concurrency: 1 };
    const take: BagHandler<TestItem> = async (taken) => {
      seen.push(...taken.map(({ item }) => item.text));
      return allDone;
    };

    await post.post({ id: 'sealed', text: 'for your eyes' });
    {
      await using _without = consume(lane, take, options);
      await until('it waits', async () => (await laneDepth(lane, { redis: worker })).delayed === 1);
    }
    await post.post({ id: 'sealed', text: 'for your eyes' });
    await using _with = consume(lane, take, { ...options, sealKey });

    await until('it is handled', () => seen.length === 1);
    assert.deepEqual(seen, ['for your eyes']);
  });

  test('two bags derived from the same sources to the same lane are both posted', async () => {
    const next = scope.use(createPostbox(testLane('twice-next'), { redis: worker, ...patient }));
    const { post } = start('twice', async (taken, ctx) => {
      const ids = taken.map(({ id }) => id);
      await ctx.postNext(next, items(1, 'a'), ids, { isFinal: false });
      await ctx.postNext(next, items(1, 'b'), ids);
      return allDone;
    });

    await post.postAll(items(2));

    await until(
      'both',
      async () => (await laneDepth(testLane('twice-next'), { redis: worker })).waiting === 2,
    );
  });

  test('F07: a stopping consumer begins nothing more and gives the rest back at once', async () => {
    const lane = testLane('stops');
    const post = scope.use(createPostbox(lane, { redis: worker, ...patient }));
    const first: string[] = [];
    const going = Promise.withResolvers<void>();
    const stops = consume(
      lane,
      eachItem(
        async ({ id }) => {
          first.push(id);
          await going.promise;
          return done;
        },
        { concurrency: 2 },
      ),
      { ...quickLocks, redis: worker, concurrency: 1 },
    );
    await post.postAll(items(10));
    await until('two are begun', () => first.length === 2);

    const stopped = stops[Symbol.asyncDispose]();
    going.resolve();
    await stopped;
    const { seen } = start('stops', async () => allDone);
    await until('the rest', () => seen.length === 8);

    assert.deepEqual(first.length, 2);
    assert.ok(seen.every(({ attempt, crashes }) => attempt === 1 && crashes === 0));
  });

  /** A postbox and a consumer of a lane of their own; `seen` fills with what the handler was given. */
  function start(name: string, handle: BagHandler<TestItem>, options: Partial<ConsumeOptions> = {}) {
    const lane = testLane(name);
    const shards = options.shards ?? 1;
    const post = scope.use(createPostbox(lane, { redis: worker, ...patient, shards }));
    const seen: Taken<TestItem>[] = [];
    const record: BagHandler<TestItem> = (taken, ctx) => {
      seen.push(...taken);
      return handle(taken, ctx);
    };
    scope.use(consume(lane, record, { ...quickLocks, redis: worker, concurrency: 3, ...options }));
    return { lane, post, seen, depth: () => laneDepth(lane, { redis: worker, shards }) };
  }
});

function isEmpty({ waiting, active, delayed }: Awaited<ReturnType<typeof laneDepth>>): boolean {
  return waiting + active + delayed === 0;
}
