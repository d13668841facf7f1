import { isFault } from '@posthorn/runtime';
import { DelayedError, type Job, WaitingError } from 'bullmq';
import type { Bag } from './bag.ts';
import { type AfterFinish, type BagOutcome, runBag } from './bag-run.ts';
import type { LeaseKeeper } from './lease.ts';
import { withoutWords } from './retry-delay.ts';
import type { ShardWorkerDeps } from './shard-worker.ts';
import { queueKey } from './shards.ts';

type BagJob = Job<unknown, void>;

/** How long a bag waits that this version cannot read: another one that can may run beside it (row F50). */
const unreadableDelayMs = 30_000;
/** How long a derived bag's id is remembered once nobody can derive it again. */
const rememberAfterFinishMs = 10 * 60_000;

/**
 * Turns what becomes of a bag into what BullMQ knows: a job that is finished, delayed, given back or thrown.
 *
 * `run` is BullMQ's processor; `tidy` is for after it removed the job.
 */
export function createBagJob<Item>(deps: ShardWorkerDeps<Item>, leases: LeaseKeeper) {
  const { lane, shard, client, log, onPhase, stopping } = deps;
  const inHand = new Set<AbortController>();
  const finished = new WeakMap<BagJob, AfterFinish>();
  let started = 0;
  stopping.addEventListener('abort', () => {
    for (const controller of inHand) controller.abort();
  });

  async function run(job: BagJob, token = ''): Promise<void> {
    const bagId = job.id ?? '';
    onPhase('taken', bagId);
    const decoded = deps.codec.decode(bagId, job.data);
    if (decoded.kind === 'unreadable') {
      log.error({ lane: lane.name, bagId, reason: decoded.reason }, 'bag cannot be read, it waits');
      await job.moveToDelayed(Date.now() + unreadableDelayMs, token);
      throw new DelayedError();
    }
    const outcome = await hold(job, bagId, token, decoded.bag);
    if (outcome.kind === 'stopped') {
      await job.moveToWait(token);
      throw new WaitingError();
    }
    finished.set(job, outcome.after);
    onPhase('before-finish', bagId);
  }

  /** What a handler needs and cannot reach is an outage that says so elsewhere; all else is a bug and needs its stack. */
  function logFailure(error: unknown, bagId: string): void {
    if (isFault(error, 'unavailable')) {
      log.warn({ reason: error.message, lane: lane.name, bagId }, 'bag waits for what is away');
    } else log.error({ err: error, lane: lane.name, bagId }, 'bag failed, it is run again');
  }

  /** Runs the bag while its lock is kept. */
  async function hold(job: BagJob, bagId: string, token: string, bag: Bag): Promise<BagOutcome> {
    const controller = new AbortController();
    const takenAtMs = job.processedOn ?? deps.clock.nowMs();
    const lease = leases.hold({ jobId: bagId, token, takenAtMs, onLost: () => controller.abort() });
    inHand.add(controller);
    started += 1;
    if (stopping.aborted) controller.abort();
    const jobKey = queueKey(lane.name, shard, bagId);
    const isRerun = job.attemptsStarted > 1;
    try {
      return await runBag(deps, { bagId, jobKey, token, bag, isRerun, lease, signal: controller.signal });
    } catch (error) {
      logFailure(error, bagId);
      throw withoutWords(error);
    } finally {
      inHand.delete(controller);
      lease.release();
    }
  }

  /** The job is gone, so nobody can derive its bags again, and nobody needs its blobs. */
  function tidy(job: BagJob): void {
    onPhase('after-finish', job.id ?? '');
    const after = finished.get(job);
    for (const key of after?.postedKeys ?? []) client.pexpire(key, rememberAfterFinishMs).catch(() => {});
    for (const blobId of after?.blobIds ?? []) deps.blobs?.delete(blobId).catch(() => {});
  }

  return { run, tidy, look: () => ({ active: inHand.size, started }) };
}
