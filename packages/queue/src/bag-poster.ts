import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@posthorn/runtime';
import { Queue } from 'bullmq';
import { Cluster } from 'ioredis';
import { deadlineAfter } from './deadline.ts';
import { type RedisClient, type RedisLink, untilReady } from './redis-link.ts';
import { shardPrefix } from './shards.ts';

export type PackedBag = Readonly<{
  id: string;
  shard: number;
  data: string;
  delayMs?: number;
  /** How long a repeat of this id is ignored, also after the bag was handled and forgotten (row B8). */
  rememberMs: number;
}>;

/** Puts packed bags into one lane. */
export type BagPoster = AsyncDisposable &
  Readonly<{
    /**
     * Resolves when the bag is on disk. Rejects with an `unavailable` Fault by the deadline; the bag may then still
     * have been posted (row B14), so a repeat must use the same id, which changes nothing where it was (row B5).
     */
    add: (bag: PackedBag, timeoutMs: number) => Promise<void>;
  }>;

/**
 * How BullMQ treats each job. It must never end one as failed: a thrown fault sends it round for ever (row B2), and
 * what has its own outcome is a verdict. `custom` is the backoff that `consume.ts` sets.
 */
const jobOptions = {
  attempts: Number.MAX_SAFE_INTEGER,
  backoff: { type: 'custom' },
  removeOnComplete: true,
  stackTraceLimit: 0,
} as const;

const retryEveryMs = 20;

/** Nothing reads the event stream; a short one saves memory. */
const eventsMax = 100;

/** Throws a `misconfigured` Fault where replicas are asked for on a cluster. */
export function createBagPoster(
  lane: string,
  { redis, acceptReplicas = 0 }: { redis: RedisLink; acceptReplicas?: number | undefined },
): BagPoster {
  const client = redis.open();
  const queueOf = createQueues(lane, client);
  const untilReplicated = acceptReplicas > 0 ? createReplicaWait(client, acceptReplicas) : undefined;

  async function addOnce(bag: PackedBag): Promise<void> {
    await queueOf(bag.shard).add('bag', bag.data, {
      ...jobOptions,
      jobId: bag.id,
      delay: bag.delayMs ?? 0,
      deduplication: { id: bag.id, ttl: bag.rememberMs },
    });
  }

  async function addUntil(bag: PackedBag, deadlineMs: number): Promise<void> {
    for (;;) {
      try {
        await untilReady(client, deadlineMs - performance.now());
        return await addOnce(bag);
      } catch (error) {
        if (!isConnectionLost(error) || performance.now() > deadlineMs) throw error;
        await delay(retryEveryMs);
      }
    }
  }

  return {
    async add(bag, timeoutMs) {
      const deadlineMs = performance.now() + timeoutMs;
      try {
        await deadlineAfter(timeoutMs, addUntil(bag, deadlineMs));
        await untilReplicated?.(deadlineMs);
      } catch (cause) {
        throw new Fault('unavailable', 'The queue cannot take mail now.', { cause, lane, bagId: bag.id });
      }
    },
    [Symbol.asyncDispose]: async () => client.disconnect(),
  };
}

/** BullMQ's queue of each shard, made when it is first needed. */
function createQueues(lane: string, connection: RedisClient): (shard: number) => Queue {
  const queues = new Map<number, Queue>();

  function open(shard: number): Queue {
    const streams = { events: { maxLen: eventsMax } };
    const queue = new Queue(lane, { connection, prefix: shardPrefix(lane, shard), streams });
    queue.on('error', () => {});
    queues.set(shard, queue);
    // One whose first contact failed would fail for ever; the next bag makes a new one.
    queue.waitUntilReady().catch(() => {
      queues.delete(shard);
      queue.close().catch(() => {});
    });
    return queue;
  }

  return (shard) => queues.get(shard) ?? open(shard);
}

/** Waits until `count` replicas hold all this connection wrote: better than one disk, but no consensus (row B11). */
function createReplicaWait(client: RedisClient, count: number): (deadlineMs: number) => Promise<void> {
  if (client instanceof Cluster) {
    client.disconnect();
    throw new Fault(
      'misconfigured',
      'ACCEPT_REPLICAS needs a single Redis; on a cluster set min-replicas-to-write there.',
    );
  }
  return async (deadlineMs) => {
    const waitMs = Math.max(1, Math.floor(deadlineMs - performance.now()));
    const reached = await client.wait(count, waitMs);
    if (reached < count) throw new Fault('unavailable', 'Too few replicas have it.', { reached, count });
  };
}

/** Errors after which the same command may be sent again; Redis' own refusals (OOM, READONLY, MISCONF) are not. */
function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return /Connection is closed|isn't (writeable|ready)|ECONN|EPIPE|max retries per request|aborted due to connection|^LOADING/i.test(
    error.message,
  );
}
