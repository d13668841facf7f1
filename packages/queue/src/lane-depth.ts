import type { Lane } from '@posthorn/contracts';
import type { RedisLink } from './redis-link.ts';
import { allShards, parkedKey, queueKey } from './shards.ts';

export type LaneDepth = Readonly<{
  /** Bags that could be taken now. */
  waiting: number;
  /** Bags in a worker's hands. */
  active: number;
  /** Bags that are due later. */
  delayed: number;
  /** Items, not bags. */
  parked: number;
  /** How long the oldest waiting bag has been due, in milliseconds; 0 when none waits. */
  oldestWaitingMs: number;
}>;

/** Measures a lane, over all its shards. */
export async function laneDepth(
  { name }: Pick<Lane<unknown>, 'name'>,
  { redis, shards = 1 }: { redis: RedisLink; shards?: number },
): Promise<LaneDepth> {
  const depths = await Promise.all(allShards(shards).map((shard) => shardDepth(redis, name, shard)));
  return depths.reduce((sum, depth) => ({
    waiting: sum.waiting + depth.waiting,
    active: sum.active + depth.active,
    delayed: sum.delayed + depth.delayed,
    parked: sum.parked + depth.parked,
    oldestWaitingMs: Math.max(sum.oldestWaitingMs, depth.oldestWaitingMs),
  }));
}

/** Measures one shard of a lane. */
export async function shardDepth({ client }: RedisLink, lane: string, shard: number): Promise<LaneDepth> {
  const [waiting, active, delayed, parked, oldest, nextDue] = await Promise.all([
    client.llen(queueKey(lane, shard, 'wait')),
    client.llen(queueKey(lane, shard, 'active')),
    client.zcard(queueKey(lane, shard, 'delayed')),
    client.hlen(parkedKey(lane, shard)),
    client.lindex(queueKey(lane, shard, 'wait'), -1),
    client.zrange(queueKey(lane, shard, 'delayed'), '0', '0', 'WITHSCORES'),
  ]);
  const oldestDueAtMs = await Promise.all([dueAtMs(client, lane, shard, oldest), delayedDueAtMs(nextDue)]);
  const oldestWaitingMs = Math.max(
    0,
    ...oldestDueAtMs.map((due) => (due === undefined ? 0 : Date.now() - due)),
  );
  return { waiting, active, delayed, parked, oldestWaitingMs };
}

async function dueAtMs(
  client: RedisLink['client'],
  lane: string,
  shard: number,
  jobId: string | null,
): Promise<number | undefined> {
  if (jobId === null) return undefined;
  const [timestamp, delay] = await client.hmget(queueKey(lane, shard, jobId), 'timestamp', 'delay');
  return timestamp ? Number(timestamp) + Number(delay ?? 0) : undefined;
}

/** BullMQ's score is the due time times 4,096, to leave room for an order within one millisecond. */
function delayedDueAtMs([, score]: readonly string[]): number | undefined {
  return score === undefined ? undefined : Math.floor(Number(score) / 0x1000);
}
