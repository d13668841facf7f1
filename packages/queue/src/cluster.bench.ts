/**
 * By hand: `node src/cluster.bench.ts [messages] [rounds]`. One Redis beside a Redis Cluster of three with four shards a
 * lane: two hops through the queue, in turns on the one and on the other.
 *
 * Messages a second tell what this machine does with all its processes on the same cores. What a message costs the
 * busiest Redis tells where a Redis that has a core to itself would end.
 */
import { randomBytes } from 'node:crypto';
import { defineLane } from '@posthorn/contracts';
import { silentLogger } from '@posthorn/runtime';
import { redisKinds } from '@posthorn/testing';
import { z } from 'zod';
import { consume } from './consume.ts';
import { mastersOf } from './durability.ts';
import { createPostbox } from './postbox.ts';
import { connectRedis, type RedisLink } from './redis-link.ts';
import { allDone } from './verdict.ts';

const count = Number(process.argv[2] ?? 20_000);
const rounds = Number(process.argv[3] ?? 5);
const callers = 500;
const log = silentLogger;

type Measured = { perSecond: number; nodeMicros: number; busiestMicros: number; allMicros: number };
type Bench = { name: string; shards: number; poster: RedisLink; worker: RedisLink; measured: Measured[] };

const messages = Array.from({ length: count }, (_, n) => ({
  id: `m${n}`,
  rendition: randomBytes(1_500).toString('base64'),
}));

await using scope = new AsyncDisposableStack();
const benches: Bench[] = [];
for (const { name, shards, start } of redisKinds) {
  const { url } = scope.use(await start());
  const poster = scope.use(await connectRedis({ url, role: 'poster', log }));
  const worker = scope.use(await connectRedis({ url, role: 'worker', log }));
  benches.push({ name, shards, poster, worker, measured: [] });
}
for (let round = 0; round <= rounds; round++) {
  for (const bench of round % 2 ? benches.toReversed() : benches) {
    const measured = await measure(bench, round);
    // The first round warms up.
    if (round > 0) bench.measured.push(measured);
  }
}
for (const { name, shards, measured } of benches) {
  const of = (what: keyof Measured) => median(measured.map((one) => one[what]));
  const rates = measured.map(({ perSecond }) => perSecond);
  process.stdout.write(
    `${name}, ${shards} shards a lane: ${of('perSecond').toFixed(0)} messages/s through two hops ` +
      `(${Math.min(...rates).toFixed(0)} to ${Math.max(...rates).toFixed(0)}); CPU a message: Node ` +
      `${of('nodeMicros').toFixed(1)} µs, Redis ${of('allMicros').toFixed(1)} µs, busiest Redis ` +
      `${of('busiestMicros').toFixed(1)} µs = at most ${(1e6 / of('busiestMicros')).toFixed(0)} messages/s\n`,
  );
}

async function measure({ shards, poster, worker }: Bench, round: number): Promise<Measured> {
  const before = await redisCpuMicros(worker);
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await twoHops({ shards, poster, worker }, round);
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const after = await redisCpuMicros(worker);
  const spent = after.map((micros, at) => (micros - (before[at] ?? 0)) / count);
  return {
    perSecond: count / seconds,
    nodeMicros: (user + system) / count,
    busiestMicros: Math.max(...spent),
    allMicros: spent.reduce((sum, micros) => sum + micros, 0),
  };
}

async function twoHops(
  { shards, poster, worker }: Omit<Bench, 'name' | 'measured'>,
  round: number,
): Promise<void> {
  const first = benchLane(`first-${round}`);
  const second = benchLane(`second-${round}`);
  await using post = createPostbox(first, { redis: poster, shards, log, timeoutMs: 60_000 });
  await using next = createPostbox(second, { redis: worker, shards, log, timeoutMs: 60_000 });
  const finished = Promise.withResolvers<void>();
  let arrived = 0;
  const how = { redis: worker, shards, concurrency: 4, log };
  await using _first = consume(
    first,
    async (taken, ctx) => {
      const ids = taken.map(({ id }) => id);
      await ctx.postNext(
        next,
        taken.map(({ item }) => item),
        ids,
      );
      return allDone;
    },
    how,
  );
  await using _second = consume(
    second,
    async (taken) => {
      arrived += taken.length;
      if (arrived >= count) finished.resolve();
      return allDone;
    },
    how,
  );
  const queue = messages.values();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (const message of queue) await post.post(message);
    }),
  );
  await finished.promise;
}

async function redisCpuMicros({ client }: RedisLink): Promise<number[]> {
  const infos = await Promise.all(mastersOf(client).map((node) => node.info('cpu')));
  const read = (info: string, name: string) =>
    Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? 0) * 1e6;
  return infos.map((info) => read(info, 'used_cpu_user') + read(info, 'used_cpu_sys'));
}

function benchLane(name: string) {
  return defineLane({
    name,
    item: z.object({ id: z.string(), rendition: z.string() }),
    idOf: ({ id }) => id,
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
