/**
 * A worker in a process of its own, for `conformance.kill.test.ts`, which ends it with SIGKILL.
 *
 * Arguments, as JSON: where Redis is, the lane and its shards, in which phase to end itself (the first time any worker of the lane
 * gets there), the item that ends whoever handles it, and how to handle.
 */
import { silentLogger } from '@posthorn/runtime';
import { consume } from './consume.ts';
import { eachItem } from './each-item.ts';
import type { BagContext, Taken } from './handler.ts';
import { createPostbox } from './postbox.ts';
import { connectRedis } from './redis-link.ts';
import { patient, quickLocks, type TestItem, testLane } from './test-kit.ts';
import { allDone, done, retryAfter, type Verdict, waitFor } from './verdict.ts';

export type WorkerArguments = {
  url: string;
  lane: string;
  shards: number;
  killIn?: string;
  poison?: string;
  /**
   * `each` settles every item as it ends, `bag` the whole bag at its end, `retry` puts every item off once; `wait` lets
   * every item wait once, the first of them while the others are still handled; `zombie` waits to be paused and replaced.
   */
  style: 'each' | 'bag' | 'retry' | 'wait' | 'zombie';
};

const args: WorkerArguments = JSON.parse(process.argv[2] ?? '{}');
const redis = await connectRedis({ url: args.url, role: 'worker', log: silentLogger });
const next = createPostbox(testLane(`${args.lane}-next`), { redis, shards: args.shards, ...patient });
const key = (name: string) => `test:${args.lane}:${name}`;

async function pass(taken: readonly Taken<TestItem>[], ctx: BagContext): Promise<void> {
  const ids = taken.map(({ id }) => id);
  await redis.client.rpush(key('handled'), ...ids);
  if (ids.includes(args.poison ?? '')) process.kill(process.pid, 'SIGKILL');
  await ctx.postNext(
    next,
    taken.map(({ item }) => item),
    ids,
  );
}

async function passOne(taken: Taken<TestItem>, ctx: BagContext) {
  await pass([taken], ctx);
  return done;
}

async function passBag(taken: readonly Taken<TestItem>[], ctx: BagContext): Promise<typeof allDone> {
  await pass(taken, ctx);
  const [first] = taken;
  if (first) await ctx.settle(first.id, done);
  await redis.client.rpush(key('settled'), first?.id ?? '');
  return allDone;
}

/** Puts off the first item at once and the others at the end, to two times that are far enough apart for two bags. */
async function putOff(
  taken: readonly Taken<TestItem>[],
  ctx: BagContext,
): Promise<ReadonlyMap<string, Verdict>> {
  const [first] = taken;
  if (first?.attempt === 1) await ctx.settle(first.id, retryAfter(3_000, 'later'));
  const now = taken.filter(({ attempt }) => attempt > 1);
  if (now.length > 0) await pass(now, ctx);
  return new Map(taken.map(({ id, attempt }) => [id, attempt > 1 ? done : retryAfter(100, 'later')]));
}

let reposts = 0;

/** The first item to wait is on its way back before the others are settled, to wait longer or to be passed on. */
async function letWait(
  taken: readonly Taken<TestItem>[],
  ctx: BagContext,
): Promise<ReadonlyMap<string, Verdict>> {
  const ids = taken.map(({ id }) => id);
  const waited = await redis.client.smismember(key('waited'), ...ids);
  const now = taken.filter((_, at) => waited[at] === 1);
  const [first, ...others] = taken.filter((_, at) => waited[at] !== 1);
  await redis.client.rpush(key('attempts'), ...now.map(({ attempt }) => attempt), 1);
  if (now.length > 0) await pass(now, ctx);
  if (first) {
    await redis.client.sadd(key('waited'), first.id);
    const before = reposts;
    await ctx.settle(first.id, waitFor(50, 'its turn'));
    // A worker that was held up past its lease sends nothing back early: then it comes back with the others.
    for (let looks = 0; reposts === before && looks < 400; looks += 1)
      await new Promise((resolve) => setTimeout(resolve, 5));
  }
  if (others.length > 0) await redis.client.sadd(key('waited'), ...others.map(({ id }) => id));
  const verdicts = new Map<string, Verdict>(now.map(({ id }) => [id, done]));
  for (const { id } of others) verdicts.set(id, waitFor(60, 'its turn'));
  return verdicts;
}

/** Says that it has the bag, and, once another worker has finished it, what it may still do. */
async function outlive(taken: readonly Taken<TestItem>[], ctx: BagContext): Promise<typeof allDone> {
  await redis.client.set(key('has-bag'), process.pid);
  while ((await redis.client.exists(key('was-replaced'))) === 0);
  const [first] = taken;
  const verdicts = [
    String(ctx.isLeaseFresh()),
    await ctx.settle(first?.id ?? '', done).then(
      () => 'settled',
      () => 'refused',
    ),
    await pass(taken, ctx).then(
      () => 'posted',
      () => 'refused',
    ),
  ];
  await redis.client.set(key('zombie'), verdicts.join(' '));
  return allDone;
}

const handlers = {
  each: eachItem(passOne, { concurrency: 3 }),
  bag: passBag,
  retry: putOff,
  wait: letWait,
  zombie: outlive,
};
consume(testLane(args.lane), handlers[args.style], {
  ...quickLocks,
  redis,
  shards: args.shards,
  concurrency: 2,
  crashLimits: { suspect: 1, isolate: 3, parkAlone: 1 },
  onPhase: (phase) => {
    if (phase === 'after-repost') reposts += 1;
    if (phase === args.killIn) process.kill(process.pid, 'SIGKILL');
  },
});
