import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type RedisKind, redisKinds } from '@posthorn/testing';
import type { WorkerArguments } from './conformance-worker.ts';
import { consume } from './consume.ts';
import { type LaneDepth, laneDepth } from './lane-depth.ts';
import { listParked } from './parking.ts';
import { createPostbox } from './postbox.ts';
import type { RedisLink } from './redis-link.ts';
import { items, links, patient, quickLocks, type TestItem, testLane, until } from './test-kit.ts';
import { allDone } from './verdict.ts';

const count = 20;

for (const kind of redisKinds) {
  describe(`on ${kind.name}, a worker that ends by SIGKILL`, { concurrency: 4 }, () => endsBySigkill(kind));
}

/** Workers that end by SIGKILL in every phase; each test has a lane of its own. */
function endsBySigkill({ shards, start: startRedis }: RedisKind): void {
  let redis: { readonly url: string };
  let worker: RedisLink;
  const scope = new AsyncDisposableStack();

  before(async () => {
    redis = scope.use(await startRedis());
    ({ worker } = await links(scope, redis.url));
  });
  after(() => scope.disposeAsync());

  const phases = [
    'taken',
    'handler-started',
    'after-post-next',
    'after-settle',
    'before-finish',
    'after-finish',
  ];
  for (const style of ['each', 'bag'] as const) {
    for (const killIn of phases) {
      test(`B1, B7: ${killIn} (${style}): nothing is lost, nothing doubled, settled items are not repeated`, async () => {
        const run = start(`${style}-${killIn}`);
        await run.post.postAll(items(count));

        const first = run.spawn({ killIn, style });
        await first.killed;
        const handledBefore = await run.read('handled');
        const settledBefore = style === 'bag' ? await run.read('settled') : [];
        run.spawn({ style });
        await until('all arrive', () => run.arrived.length >= count);
        await until('the lane is empty', async () => (await run.depth()).active === 0);

        assert.deepEqual(run.arrived.toSorted(), idsOf(items(count)));
        const repeated = (await run.read('handled')).slice(handledBefore.length);
        assert.ok(
          settledBefore.every((id) => !repeated.includes(id)),
          'settled, then handled again',
        );
        if (killIn.startsWith('after-post')) assert.ok(repeated.length < count, 'what was passed on is done');
        if (killIn === 'after-finish') assert.deepEqual(repeated, []);
        await run.stop();
      });
    }
  }

  for (const killIn of ['after-settle', 'after-repost', 'before-finish', 'after-finish']) {
    test(`B1, B16: ${killIn}: items put off come back once`, async () => {
      const run = start(`retry-${killIn}`);
      await run.post.postAll(items(count));

      await run.spawn({ killIn, style: 'retry' }).killed;
      run.spawn({ style: 'retry' });
      await until('all arrive', () => run.arrived.length >= count);
      await until('nothing is left', async () => isEmpty(await run.depth()));

      assert.deepEqual(run.arrived.toSorted(), idsOf(items(count)));
      await run.stop();
    });
  }

  for (const killIn of ['after-settle', 'after-repost', 'before-finish', 'after-finish']) {
    test(`B1, B16: ${killIn}: items that wait come back once and keep their attempt`, async () => {
      const run = start(`wait-${killIn}`);
      await run.post.postAll(items(count));

      await run.spawn({ killIn, style: 'wait' }).killed;
      run.spawn({ style: 'wait' });
      await until('all arrive', () => run.arrived.length >= count);
      await until('nothing is left', async () => isEmpty(await run.depth()));

      assert.deepEqual(run.arrived.toSorted(), idsOf(items(count)));
      assert.deepEqual([...new Set(await run.read('attempts'))], ['1']);
      await run.stop();
    });
  }

  for (const style of ['each', 'bag'] as const) {
    test(`B2, F49: an item that ends its process is parked alone, and the rest of its bag goes on (${style})`, async () => {
      const run = start(`poison-${style}`);
      await run.post.postAll(items(6));

      let isOver = false;
      const spawning = (async () => {
        while (!isOver) await run.spawn({ style, poison: 'i2' }).killed;
      })();
      await until(
        'parked',
        async () => (await listParked(run.lane, { redis: worker, shards })).length > 0,
        40_000,
      );
      await until('the rest arrived', () => run.arrived.length >= 5);
      isOver = true;
      await run.stop();
      await spawning;

      const [parked] = await listParked(run.lane, { redis: worker, shards });
      assert.equal(parked?.id, 'i2');
      assert.match(parked?.reason ?? '', /^ended its process \d+ times$/);
      assert.deepEqual(run.arrived.toSorted(), ['i0', 'i1', 'i3', 'i4', 'i5']);
    });
  }

  test('B3: a paused worker whose bag went to another can neither settle nor post when it wakes', async () => {
    const run = start('zombie');
    await run.post.postAll(items(2));
    const zombie = run.spawn({ style: 'zombie' });
    await until('it has the bag', async () => (await worker.client.exists('test:zombie:has-bag')) === 1);

    process.kill(zombie.pid, 'SIGSTOP');
    const other = run.spawn({ style: 'bag' });
    await until('the other passed all on', () => run.arrived.length >= 2);
    await until('the other finished', async () => (await run.depth()).active === 0);
    await worker.client.set('test:zombie:was-replaced', '1');
    process.kill(zombie.pid, 'SIGCONT');
    await until('it told', async () => (await worker.client.exists('test:zombie:zombie')) === 1);

    assert.equal(await worker.client.get('test:zombie:zombie'), 'false refused refused');
    assert.deepEqual(run.arrived.toSorted(), ['i0', 'i1']);
    assert.ok(other.pid > 0);
    await run.stop();
  });

  /** Posts to a lane of its own, and collects what its workers pass on to the next lane. */
  function start(name: string) {
    const lane = testLane(name);
    const post = scope.use(createPostbox(lane, { redis: worker, shards, ...patient }));
    const arrived: string[] = [];
    const collect = async (taken: readonly { id: string }[]) => {
      arrived.push(...taken.map(({ id }) => id));
      return allDone;
    };
    const options = { ...quickLocks, redis: worker, shards, concurrency: 1 };
    scope.use(consume(testLane(`${name}-next`), collect, options));
    const children: ChildProcess[] = [];

    return {
      lane,
      post,
      arrived,
      depth: () => laneDepth(lane, { redis: worker, shards }),
      read: (list: string) => worker.client.lrange(`test:${name}:${list}`, 0, -1),
      spawn: (args: Omit<WorkerArguments, 'url' | 'lane' | 'shards'>) => {
        const child = spawnWorker({ ...args, url: redis.url, lane: name, shards });
        children.push(child);
        return { pid: child.pid ?? 0, killed: once(child, 'exit') };
      },
      stop: async () => {
        for (const child of children) child.kill('SIGKILL');
      },
    };
  }
}

function idsOf(all: readonly TestItem[]): string[] {
  return all.map(({ id }) => id).toSorted();
}

function isEmpty({ waiting, active, delayed }: LaneDepth): boolean {
  return waiting + active + delayed === 0;
}

function spawnWorker(args: WorkerArguments): ChildProcess {
  const file = fileURLToPath(new URL('./conformance-worker.ts', import.meta.url));
  return spawn(process.execPath, [file, JSON.stringify(args)], { stdio: ['ignore', 'ignore', 'inherit'] });
}
