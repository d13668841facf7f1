import { type Job, Worker } from 'bullmq';
import { createBagJob } from './bag-job.ts';
import type { BagRunDeps } from './bag-run.ts';
import { LeaseKeeper } from './lease.ts';
import { retryDelayMs } from './retry-delay.ts';
import { shardPrefix } from './shards.ts';

export type ShardWorker = Readonly<{
  /** Bags in hand, and bags begun since the start. */
  look: () => { active: number; started: number };
  /** Takes no more bags and resolves when those in hand have ended; that may never be when Redis is away (row B13). */
  close: () => Promise<void>;
  /** Lets go of the blocking connection whatever it waits for. */
  abandon: () => void;
}>;

export type ShardWorkerDeps<Item> = BagRunDeps<Item> &
  Readonly<{
    /** Aborts when the service stops. */
    stopping: AbortSignal;
    concurrency: number;
    lockDurationMs: number;
    stalledIntervalMs: number;
  }>;

/** BullMQ fails a job that stalled more often; we count crashes ourselves (row B2). */
const maxStalledCount = 1_000_000;

/** Redis answers, but takes no writes: it is full, a replica now, or its disk fails. */
const refusalPattern = /^(OOM|READONLY|MISCONF|NOREPLICAS|MASTERDOWN|CLUSTERDOWN)/;
const restMs = 1_000;

/** Works on one shard of a lane. */
export function startShardWorker<Item>(deps: ShardWorkerDeps<Item>): ShardWorker {
  const { lane, shard, client, clock, log, lockDurationMs, stalledIntervalMs, concurrency } = deps;
  const leases = new LeaseKeeper({
    lockDurationMs,
    clock,
    renew: (jobIds, tokens) => worker.extendJobLocks(jobIds, tokens, lockDurationMs),
  });
  const { run, tidy, look } = createBagJob(deps, leases);
  const worker = new Worker<unknown, void>(lane.name, (job: Job<unknown, void>, token) => run(job, token), {
    connection: client,
    prefix: shardPrefix(lane.name, shard),
    concurrency,
    lockDuration: lockDurationMs,
    stalledInterval: stalledIntervalMs,
    maxStalledCount,
    skipLockRenewal: true,
    // A paused worker can eat the wake-up of a bag; the others look by themselves after this long.
    drainDelay: stalledIntervalMs / 1_000,
    runRetryDelay: 1_000,
    settings: { backoffStrategy: (attempt = 1, _, error) => retryDelayMs(attempt, error) },
  });
  const rest = createRest(worker);
  worker.on('completed', tidy);
  worker.on('error', (error) => {
    // Connection errors are logged once by the link; a bag that was lost, where its run ends.
    log.debug({ err: error, lane: lane.name }, 'worker error');
    if (refusalPattern.test(error.message)) rest.begin();
  });

  return {
    look,
    close: async () => {
      rest.close();
      await worker.close();
      leases.close();
    },
    abandon: () => {
      leases.close();
      const backend = worker.getBackend();
      // A connection that is not ready yet never says so where Redis stays silent; only `close` reaches it then.
      backend.close(true).catch(() => {});
      // Where an unforced `close` came first and waits for its QUIT, `close(true)` waits with it.
      backend.blockingClient?.then(
        (blocking) => blocking.disconnect(),
        () => {},
      );
    },
  };
}

/** Keeps a worker that Redis refuses from asking for bags twenty thousand times a second, as BullMQ would. */
function createRest(worker: Worker<unknown, void>): { begin: () => void; close: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  return {
    begin: () => {
      if (timer || isClosed) return;
      worker.pause(true).catch(() => {});
      timer = setTimeout(() => {
        timer = undefined;
        worker.resume().catch(() => {});
      }, restMs);
    },
    close: () => {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}
