import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defaultPool, dispatchLane, eventsLane, renderLane } from '@posthorn/contracts';
import { connectRedis, laneDepth, type RedisLink } from '@posthorn/queue';
import { silentLogger } from '@posthorn/runtime';
import { type BenchSystem, startBenchSystem } from '../bench-system.ts';
import { startChild } from '../child.ts';
import type { GeneratorOrder, GeneratorReport } from '../generator.ts';
import { measureWholePath, until } from '../whole-path.ts';
import { type GrowthRow, growthRow } from './growth-row.ts';

export type DepthRow = GrowthRow & Readonly<{ redisBytes: number; bags: number }>;
/** What waiting sends take in Redis, with all that is kept for them there. */
export type MemoryRow = Readonly<{ size: number; redisBytes: number; bags: number }>;

const senders = 50;
/** Sends that one generator makes: it remembers each. */
const portion = 50_000;
/** A million of them are accepted faster than they are rendered, tried and recorded. */
const drainTimeoutMs = 60 * 60_000;

/**
 * Lets more and more sends wait for another try, and measures what the next ones meet.
 *
 * They come in by the front door, are rendered and signed, and the sink refuses each recipient for now: so they wait as
 * they do in earnest, in delayed bags of the dispatch lane, with their marks, and their next try is hours away.
 */
export async function measureDepth(
  depths: readonly number[],
  { sends, firstPort, show }: { sends: number; firstPort: number; show: (line: string) => void },
): Promise<DepthRow[]> {
  await using scope = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), 'posthorn-growth-'));
  scope.defer(() => rm(folder, { recursive: true, force: true }));
  const retries = path.join(folder, 'retries.yaml');
  await writeFile(retries, JSON.stringify({ delays: ['12h'], jitterPercent: 20 }));
  const system = scope.use(await startBenchSystem(firstPort, { env: { RETRIES_FILE: retries } }));
  const redis = scope.use(await linkTo(system));
  await measureWholePath(system, { sends: Math.min(2_000, sends), senders });
  await untilQuiet(redis);
  const emptyBytes = await usedMemory(redis);

  const rows: DepthRow[] = [];
  let waiting = 0;
  for (const size of depths) {
    const triedBefore = await system.sink.ask<number>('recipients');
    const more = await fill(system, size - waiting, '451-rcpt+', `depth${waiting}`);
    await until(
      async () => (await system.sink.ask<number>('recipients')) >= triedBefore + more,
      drainTimeoutMs,
    );
    await untilQuiet(redis);
    waiting += more;
    const { delayed: bags } = await laneDepth(dispatchLane(defaultPool), { redis });
    const redisBytes = (await usedMemory(redis)) - emptyBytes;
    show(`${waiting} wait for another try: ${bags} bags, ${mebibytes(redisBytes)} MiB`);
    const row = growthRow(waiting, await measureWholePath(system, { sends, senders }));
    rows.push({ ...row, redisBytes, bags });
  }
  return rows;
}

/** Lets more and more sends wait to be rendered, by a renderer that stands still, and measures what they take. */
export async function measureRenderBacklog(
  depths: readonly number[],
  { firstPort, show }: { firstPort: number; show: (line: string) => void },
): Promise<MemoryRow[]> {
  await using scope = new AsyncDisposableStack();
  const system = scope.use(await startBenchSystem(firstPort));
  const redis = scope.use(await linkTo(system));
  const renderer = system.instance.pids['renderer'] ?? 0;
  await untilQuiet(redis);
  const emptyBytes = await usedMemory(redis);
  process.kill(renderer, 'SIGSTOP');
  // Nothing that stands still can be ended politely.
  scope.defer(() => void process.kill(renderer, 'SIGCONT'));

  const rows: MemoryRow[] = [];
  let size = 0;
  for (const depth of depths) {
    size += await fill(system, depth - size, 'customer-', `depth${size}`);
    const { waiting, active } = await laneDepth(renderLane, { redis });
    const redisBytes = (await usedMemory(redis)) - emptyBytes;
    rows.push({ size, redisBytes, bags: waiting + active });
    show(`${size} wait to be rendered: ${waiting + active} bags, ${mebibytes(redisBytes)} MiB`);
  }
  return rows;
}

export function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 ** 2);
}

function linkTo({ instance }: BenchSystem): Promise<RedisLink> {
  return connectRedis({ url: instance.redisUrl, role: 'poster', log: silentLogger });
}

async function fill(
  { instance, emailId }: BenchSystem,
  count: number,
  mailbox: string,
  run: string,
): Promise<number> {
  let accepted = 0;
  for (let first = 0; first < count; first += portion) {
    using generator = startChild('generator.ts');
    const order: GeneratorOrder = {
      ...{ port: Number(new URL(instance.apiUrl).port), apiKey: instance.apiKey, emailId },
      ...{ count: Math.min(portion, count - first), senders, pauseMs: 0, run: `${run}-${first}`, mailbox },
    };
    accepted += (await generator.ask<GeneratorReport>(order)).accepted.length;
  }
  return accepted;
}

/** Resolves once nothing is due in any lane. */
async function untilQuiet(redis: RedisLink): Promise<void> {
  const lanes = [renderLane, dispatchLane(defaultPool), eventsLane];
  await until(async () => {
    const depths = await Promise.all(lanes.map((lane) => laneDepth(lane, { redis })));
    return depths.every(({ waiting, active }) => waiting + active === 0);
  }, drainTimeoutMs);
}

async function usedMemory({ client }: RedisLink): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1]);
}
