import { setMaxListeners } from 'node:events';
import type { Lane } from '@posthorn/contracts';
import { type Clock, createWeightGate, type HealthCheck, type Logger, systemClock } from '@posthorn/runtime';
import { createBagCodec } from './bag.ts';
import { type BagPoster, createBagPoster } from './bag-poster.ts';
import type { CrashLimits } from './bag-run.ts';
import type { BlobStore } from './blob-store.ts';
import { deadlineAfter } from './deadline.ts';
import { createDeafCheck, type WorkerLook } from './deaf-check.ts';
import type { BagHandler } from './handler.ts';
import { shardDepth } from './lane-depth.ts';
import { reportLaneDepth } from './lane-gauges.ts';
import type { Phase } from './phase.ts';
import { Quarantine } from './quarantine.ts';
import type { RedisClient, RedisLink } from './redis-link.ts';
import { createSealer } from './seal.ts';
import { type ShardWorker, startShardWorker } from './shard-worker.ts';
import { allShards } from './shards.ts';

export type ConsumeOptions = Readonly<{
  /** A link of role `worker`. */
  redis: RedisLink;
  /** Bags in hand at once, over all shards; at least one a shard. */
  concurrency: number;
  log: Logger;
  clock?: Clock;
  blobs?: BlobStore;
  /**
   * Bags in hand at once that hold items too large for a bag, each of which may take tens of MB; the others wait, so that
   * `concurrency` may be what the small ones need. As many as bags in hand by default.
   */
  blobBagsMax?: number;
  /**
   * The same number for all who post to the lane or consume it.
   *
   * Raise it first for consumers, then for posters; lower it first for posters, and for consumers once the lane is
   * empty. Where posters differ for a time, a bag derived twice across a crash may land on two shards and double.
   */
  shards?: number;
  sealKey?: string;
  /** How long disposing waits for the bags in hand before it lets go of them (row B13). */
  closeTimeoutMs?: number;
  /** How long a bag belongs to its worker without a sign of life; after a crash it takes this and two looks. */
  lockDurationMs?: number;
  /** How often to look for bags of dead workers. */
  stalledIntervalMs?: number;
  /** How long bags may wait beside an idle worker before it counts as deaf. */
  deafAfterMs?: number;
  /** Called once when a worker is deaf; a service without an outer supervisor ends its process here. */
  onDeaf?: () => void;
  crashLimits?: Partial<CrashLimits>;
  /** For tests that end the process at a certain point. */
  onPhase?: (phase: Phase, bagId: string) => void;
}>;

const defaultCrashLimits: CrashLimits = { suspect: 3, isolate: 5, parkAlone: 2 };

/** Disposing it finishes the bags in hand, within `closeTimeoutMs`, and closes its connections. */
export type Consumer = AsyncDisposable &
  Readonly<{ healthChecks: { live: HealthCheck; ready: HealthCheck } }>;

/**
 * Takes bags from every shard of `lane` and hands them to `handle`, until disposed.
 *
 * At least once: a bag whose process ended is run again after at most the lock's duration and two looks, without the
 * items that were settled. Nothing ends as failed: what throws goes round again, what ends its process is parked.
 */
export function consume<Item>(lane: Lane<Item>, handle: BagHandler<Item>, options: ConsumeOptions): Consumer {
  const { redis, log, closeTimeoutMs = 25_000, deafAfterMs = 30_000, shards = 1 } = options;
  const stopping = new AbortController();
  // Every shard listens, and Node warns from eleven listeners on.
  setMaxListeners(0, stopping.signal);
  const poster = createBagPoster(lane.name, { redis });
  const client = redis.open();
  const workers = startWorkers(lane, handle, options, { poster, client, stopping: stopping.signal });
  const deaf = createDeafCheck({
    look: () => Promise.all(workers.map((worker, shard) => lookAt(worker, redis, lane.name, shard))),
    deafAfterMs,
    onDeaf: () => {
      log.error({ lane: lane.name }, 'worker is deaf');
      options.onDeaf?.();
    },
  });
  const depth = reportLaneDepth(lane, { redis, shards });

  return {
    healthChecks: { live: deaf.check, ready: redis.healthCheck },
    [Symbol.asyncDispose]: async () => {
      deaf.close();
      depth[Symbol.dispose]();
      stopping.abort();
      await deadlineAfter(closeTimeoutMs, Promise.all(workers.map((worker) => worker.close()))).catch(() =>
        log.warn({ lane: lane.name }, 'bags in hand were left to other workers'),
      );
      for (const worker of workers) worker.abandon();
      client.disconnect();
      await poster[Symbol.asyncDispose]();
    },
  };
}

function startWorkers<Item>(
  lane: Lane<Item>,
  handle: BagHandler<Item>,
  {
    log,
    concurrency,
    shards = 1,
    lockDurationMs = 15_000,
    stalledIntervalMs = 5_000,
    ...options
  }: ConsumeOptions,
  opened: { poster: BagPoster; client: RedisClient; stopping: AbortSignal },
): ShardWorker[] {
  const { sealKey, blobs, blobBagsMax = concurrency, clock = systemClock, onPhase = () => {} } = options;
  const codec = createBagCodec(lane.name, sealKey === undefined ? undefined : createSealer(sealKey));
  const quarantine = new Quarantine({ patienceMs: 2 * lockDurationMs });
  const crashLimits = { ...defaultCrashLimits, ...options.crashLimits };
  const blobGate = createWeightGate(blobBagsMax);
  const shared = {
    ...{ lane, handle, codec, quarantine, crashLimits, blobs, blobGate, clock, log, onPhase },
    ...opened,
  };
  return allShards(shards).map((shard) =>
    startShardWorker({
      ...shared,
      shard,
      concurrency: Math.max(1, Math.ceil(concurrency / shards)),
      lockDurationMs,
      stalledIntervalMs,
    }),
  );
}

async function lookAt(
  worker: ShardWorker,
  redis: RedisLink,
  lane: string,
  shard: number,
): Promise<WorkerLook> {
  const { oldestWaitingMs } = await deadlineAfter(2_000, shardDepth(redis, lane, shard));
  return { ...worker.look(), oldestWaitingMs };
}
