import { connectRedis } from '@posthorn/queue';
import { silentLogger } from '@posthorn/runtime';
import type { FaultProxy } from '@posthorn/testing';
import type { FaultWorld } from './fault-world.ts';
import { goesOn } from './goes-on.ts';
import { killPart } from './kills.ts';
import { stopPart } from './parts.ts';
import { pause } from './pause.ts';
import { pressDisk } from './press-disk.ts';
import type { Scenario, Stage } from './scenario.ts';
import { slowestAnswerMs } from './slowest-answer.ts';
import { whyNotOurRedis } from './whose-redis.ts';

/** What a caller may have to wait for an answer while Redis is away, and what a timer on a busy machine adds to it. */
const answerMsMax = 1_000 + 500;

/** Redis killed, stopped, slow, cut off and full. */
export const redisScenarios: readonly Scenario[] = [
  {
    rows: ['F09'],
    title: 'Redis is killed again and again while the disk is busy',
    unless: whyNotOurRedis,
    run: async (stage) => {
      using _pressure = pressDisk(stage.world.system.home);
      await using flow = stage.startFlow({ ratePerSecond: 200 });
      await goesOn(stage, flow);
      for (let round = 0; round < Math.max(3, Math.round(30 * stage.scale)); round += 1) {
        await killPart(stage.world, 'redis', stage.kills);
        await goesOn(stage, flow);
        await pause(2_000 + 3_000 * Math.random());
      }
      await flow.finish();
    },
  },
  {
    rows: ['F11'],
    title: 'Redis stops for a while, and everything goes on by itself',
    unless: whyNotOurRedis,
    run: async (stage) => {
      await using flow = stage.startFlow({ ratePerSecond: 100 });
      await goesOn(stage, flow);
      const slowestMs: number[] = [];
      for (let round = 0; round < Math.max(2, Math.round(20 * stage.scale)); round += 1) {
        using _stopped = await stopPart(stage.world, 'redis');
        await pause(1_000);
        slowestMs.push(await slowestAnswerMs(stage.world, 20));
        await pause(6_000);
        _stopped[Symbol.dispose]();
        await goesOn(stage, flow);
      }
      judgeAnswers(stage, slowestMs);
      await flow.finish();
    },
  },
  {
    rows: ['F13'],
    title: 'Redis is full: callers are told to come again, what is in it leaves, then all goes on',
    unless: whyNotOurRedis,
    run: async (stage) => {
      await using flow = stage.startFlow({ ratePerSecond: 200 });
      await goesOn(stage, flow);
      await setMaxmemory(stage.world, (usedBytes) => Math.round(usedBytes * 1.02));
      await pause(10_000);
      await setMaxmemory(stage.world, () => 0);
      await goesOn(stage, flow);
      await flow.finish();
    },
  },
  {
    rows: ['F14'],
    title: 'Redis is 200 ms away, give or take 200',
    world: { hasOwnRedis: true },
    run: async (stage) => {
      await using flow = stage.startFlow({ ratePerSecond: 20 });
      await goesOn(stage, flow);
      using _latency = proxyOf(stage.world).poison('downstream', {
        type: 'latency',
        latencyMs: 200,
        jitterMs: 200,
      });
      await pause(Math.max(10_000, 60_000 * stage.scale));
      _latency[Symbol.dispose]();
      await flow.finish();
    },
  },
  {
    rows: ['F46', 'F47'],
    title: 'nothing that is said to Redis arrives, nor what it says',
    world: { hasOwnRedis: true },
    run: async (stage) => {
      await using flow = stage.startFlow({ ratePerSecond: 100 });
      const slowestMs: number[] = [];
      for (let round = 0; round < Math.max(2, Math.round(6 * stage.scale)); round += 1) {
        await goesOn(stage, flow);
        const lastsMs = Math.max(8_000, 30_000 * stage.scale);
        using _hole = blackhole(proxyOf(stage.world), lastsMs);
        await pause(500);
        slowestMs.push(await slowestAnswerMs(stage.world, 10));
        await pause(lastsMs);
      }
      await goesOn(stage, flow);
      judgeAnswers(stage, slowestMs);
      await flow.finish();
    },
  },
];

function judgeAnswers({ note, breach }: Stage, slowestMs: readonly number[]): void {
  const slowest = Math.max(...slowestMs);
  note(`slowest answer meanwhile ${Math.round(slowest)} ms`);
  if (slowest > answerMsMax) breach(`a caller waited ${Math.round(slowest)} ms for its answer`);
}

function proxyOf({ ownRedis }: FaultWorld): FaultProxy {
  if (!ownRedis) throw new Error('This world has no Redis of its own');
  return ownRedis.proxy;
}

/** Swallows everything. The connections end after `lastsMs`: TCP would never pass on what follows lost bytes. */
function blackhole(proxy: FaultProxy, lastsMs: number): Disposable {
  const stack = new DisposableStack();
  for (const stream of ['upstream', 'downstream'] as const) {
    stack.use(proxy.poison(stream, { type: 'timeout', timeoutMs: lastsMs }));
  }
  return stack;
}

async function setMaxmemory({ system }: FaultWorld, bytesFor: (usedBytes: number) => number): Promise<void> {
  await using redis = await connectRedis({ url: system.instance.redisUrl, role: 'plain', log: silentLogger });
  const usedBytes = Number(/used_memory:(\d+)/.exec(await redis.client.info('memory'))?.[1] ?? 0);
  await redis.client.config('SET', 'maxmemory', String(bytesFor(usedBytes)));
}
