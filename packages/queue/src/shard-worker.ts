import { DelayedError, type Job, WaitingError, Worker } from 'bullmq';
import { type Activation, type AfterFinish, type BagRunDeps, runBag } from './bag-run.ts';
import { createLeaseKeeper } from './lease.ts';
import { retryDelayMs } from './retry-delay.ts';
import { queueKey, shardPrefix } from './shards.ts';

export type ShardWorker = Readonly<{
  /** Bags in hand, and bags begun since the start. */
  look: () => { active: number; started: number };
  /** Takes no more bags and resolves when those in hand have ended; that may never be when Redis is away (row B13). */
  close: () => Promise<void>;
  /** Lets go of the blocking connection whatever it waits for. */
  abandon: () => void;
}>;

/** How long a bag waits that this version cannot read: another one that can may run beside it (row F50). */
const unreadableDelayMs = 30_000;
/** How long a derived bag's id is remembered once nobody can derive it again. */
const rememberAfterFinishMs = 10 * 60_000;
/** BullMQ fails a job that stalled more often; we count crashes ourselves (row B2). */
const maxStalledCount = 1_000_000;

/** Works on one shard of a lane. The only place that knows BullMQ's jobs. */
export function startShardWorker<Item>(
  deps: BagRunDeps<Item> & { concurrency: number; lockDurationMs: number; stalledIntervalMs: number },
): ShardWorker {
  const { lane, shard, client, clock, log, onPhase, lockDurationMs } = deps;
  const finished = new WeakMap<Job, AfterFinish>();
  const counts = { active: 0, started: 0 };
  const leases = createLeaseKeeper({
    lockDurationMs,
    clock,
    renew: (jobIds, tokens) => worker.extendJobLocks(jobIds, tokens, lockDurationMs),
  });
  const worker = new Worker<unknown, void>(lane.name, process, {
    connection: client,
    prefix: shardPrefix(lane.name, shard),
    concurrency: deps.concurrency,
    lockDuration: lockDurationMs,
    stalledInterval: deps.stalledIntervalMs,
    maxStalledCount,
    skipLockRenewal: true,
    // A paused worker can eat the wake-up of a bag; the others look by themselves after this long.
    drainDelay: deps.stalledIntervalMs / 1_000,
    runRetryDelay: 1_000,
    settings: { backoffStrategy: (attempt = 1) => retryDelayMs(attempt) },
  });
  // Connection errors are logged once by the link; a lost lock is logged where the run ends.
  worker.on('error', (error) => log.debug({ err: error, lane: lane.name }, 'worker error'));
  worker.on('completed', tidy);

  async function process(job: Job<unknown, void>, token = ''): Promise<void> {
    const bagId = job.id ?? '';
    counts.active += 1;
    counts.started += 1;
    try {
      await processBag(job, bagId, token);
    } finally {
      counts.active -= 1;
    }
  }

  async function processBag(job: Job<unknown, void>, bagId: string, token: string): Promise<void> {
    onPhase('taken', bagId);
    const decoded = deps.codec.decode(bagId, job.data);
    if (decoded.kind === 'unreadable') {
      log.error({ lane: lane.name, bagId, reason: decoded.reason }, 'bag cannot be read, it waits');
      await job.moveToDelayed(Date.now() + unreadableDelayMs, token);
      throw new DelayedError();
    }

    const lost = new AbortController();
    const takenAtMs = job.processedOn ?? clock.nowMs();
    const lease = leases.hold({ jobId: bagId, token, takenAtMs, onLost: () => lost.abort() });
    const jobKey = queueKey(lane.name, shard, bagId);
    const isRerun = job.attemptsStarted > 1;
    try {
      await run(job, { bagId, jobKey, token, bag: decoded.bag, isRerun, lease, lost: lost.signal });
    } finally {
      lease.release();
    }
  }

  async function run(job: Job<unknown, void>, active: Activation): Promise<void> {
    const { bagId } = active;
    const outcome = await runBag(deps, active).catch((error: unknown) => {
      log.error({ err: error, lane: lane.name, bagId }, 'bag failed, it is run again');
      // BullMQ keeps the error it is given in Redis, where no recipient may be read.
      throw new Error('the handler threw');
    });
    if (outcome.kind === 'stopped') {
      await job.moveToWait(active.token);
      throw new WaitingError();
    }
    finished.set(job, outcome.after);
    onPhase('before-finish', bagId);
  }

  /** The job is gone, so nobody can derive its bags again, and nobody needs its blobs. */
  function tidy(job: Job): void {
    onPhase('after-finish', job.id ?? '');
    const after = finished.get(job);
    for (const key of after?.postedKeys ?? []) client.pexpire(key, rememberAfterFinishMs).catch(() => {});
    for (const blobId of after?.blobIds ?? []) deps.blobs?.delete(blobId).catch(() => {});
  }

  return {
    look: () => ({ ...counts }),
    close: async () => {
      await worker.close();
      leases.close();
    },
    abandon: () => {
      leases.close();
      worker.getBackend().blockingClient?.then(
        (blocking) => blocking.disconnect(),
        () => {},
      );
    },
  };
}
