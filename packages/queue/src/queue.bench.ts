/** By hand: `node src/queue.bench.ts [messages]`. What a message costs in the queue, on a Redis that syncs every write. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { defineLane } from '@posthorn/contracts';
import { silentLogger } from '@posthorn/runtime';
import { withTestRedis } from '@posthorn/testing';
import { z } from 'zod';
import { consume } from './consume.ts';
import { createPostbox, type Postbox } from './postbox.ts';
import { connectRedis } from './redis-link.ts';
import { allDone } from './verdict.ts';

const count = Number(process.argv[2] ?? 20_000);
const log = silentLogger;
const Message = z.object({ id: z.string(), rendition: z.string() });
type Message = z.infer<typeof Message>;
const words =
  'order receipt total thank you for your purchase shipping address invoice number style table'.split(' ');
const sameForAll = Array.from({ length: 1_100 }, (_, n) => words[(n * 7 + (n % 13)) % words.length]).join(
  ' ',
);

function benchLane(name: string) {
  return defineLane({ name, item: Message, idOf: ({ id }) => id });
}

/** About 8 KB, of which about 700 bytes are its own, as in a rendition: ids, tokens, signature. */
function message(n: number): Message {
  return {
    id: `m${n}`,
    rendition: `${randomBytes(400).toString('base64')}${sameForAll}${randomBytes(100).toString('hex')}`,
  };
}

await using redis = await withTestRedis();
await using poster = await connectRedis({ url: redis.url, role: 'poster', log });
await using worker = await connectRedis({ url: redis.url, role: 'worker', log });

const messages = Array.from({ length: count }, (_, n) => message(n));
process.stdout.write(`${count} messages of ${messages[0]?.rendition.length} bytes\n`);
await lone();
await oneHop();
await twoHops();

async function lone(): Promise<void> {
  await using post = createPostbox(benchLane('lone'), { redis: poster, log });
  const tookMs: number[] = [];
  for (const next of messages.slice(0, 500)) {
    const startedAt = performance.now();
    await post.post(next);
    tookMs.push(performance.now() - startedAt);
  }
  const sorted = tookMs.toSorted((a, b) => a - b);
  report('a lone caller waits', `p50 ${sorted[250]?.toFixed(2)} ms, p99 ${sorted[495]?.toFixed(2)} ms`);
}

async function oneHop(): Promise<void> {
  await using post = createPostbox(benchLane('one'), { redis: poster, log });
  await measure('post alone, 200 callers', () => postFrom(post, 200));
  await using scope = new AsyncDisposableStack();
  let handled = 0;
  const finished = Promise.withResolvers<void>();
  await measure('take and finish alone', async () => {
    scope.use(
      consume(
        benchLane('one'),
        async (taken) => {
          handled += taken.length;
          if (handled >= count) finished.resolve();
          return allDone;
        },
        { redis: worker, concurrency: 4, log },
      ),
    );
    await finished.promise;
  });
}

async function twoHops(): Promise<void> {
  await using post = createPostbox(benchLane('first'), { redis: poster, log });
  await using next = createPostbox(benchLane('second'), { redis: worker, log });
  const finished = Promise.withResolvers<void>();
  let arrived = 0;
  await using _first = consume(
    benchLane('first'),
    async (taken, ctx) => {
      await ctx.postNext(
        next,
        taken.map(({ item }) => item),
        taken.map(({ id }) => id),
      );
      return allDone;
    },
    { redis: worker, concurrency: 4, log },
  );
  await using _second = consume(
    benchLane('second'),
    async (taken) => {
      arrived += taken.length;
      if (arrived >= count) finished.resolve();
      return allDone;
    },
    { redis: worker, concurrency: 4, log },
  );
  await delay(200);
  await measure('two hops, posted by 500 callers', async () => {
    await postFrom(post, 500);
    await finished.promise;
  });
}

async function postFrom(post: Postbox<Message>, callers: number): Promise<void> {
  const queue = messages.values();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (const next of queue) await post.post(next);
    }),
  );
}

async function measure(what: string, work: () => Promise<void>): Promise<void> {
  const redisBefore = await redisCpuMs();
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const node = ((user + system) / count).toFixed(1);
  const server = (((await redisCpuMs()) - redisBefore) * 1_000) / count;
  report(
    what,
    `${Math.round(count / seconds)} messages/s; CPU a message: Node ${node} µs, Redis ${server.toFixed(1)} µs`,
  );
}

async function redisCpuMs(): Promise<number> {
  const info = await worker.client.info('cpu');
  const read = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? 0);
  return (read('used_cpu_user') + read('used_cpu_sys')) * 1_000;
}

function report(what: string, result: string): void {
  process.stdout.write(`${what.padEnd(34)} ${result}\n`);
}
