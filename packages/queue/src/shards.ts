import { createHash } from 'node:crypto';

/**
 * Names in Redis. Every key of a shard has the same hash tag, so a Redis Cluster keeps the shard on one node, where
 * its Lua scripts may touch all of it, and spreads the shards over all nodes (row B12).
 *
 * Source: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags
 */
export function shardPrefix(lane: string, shard: number): string {
  return `{ph:${lane}:${shard}}`;
}

/** A key of BullMQ's own for the shard: `type` is `wait`, `active`, …, or the id of a job. */
export function queueKey(lane: string, shard: number, type: string): string {
  return `${shardPrefix(lane, shard)}:${lane}:${type}`;
}

/** The marker that a bag was posted; BullMQ sets it with the job and keeps it after the job's end. */
export function postedKey(lane: string, shard: number, bagId: string): string {
  return queueKey(lane, shard, `de:${bagId}`);
}

/** The hash of parked items of one shard: item id → what `parking.ts` writes. */
export function parkedKey(lane: string, shard: number): string {
  return `${shardPrefix(lane, shard)}:parked`;
}

/** The shard of a derived bag, the same on every run and in every process that has the same number of shards. */
export function shardOf(bagId: string, shards: number): number {
  return createHash('sha256').update(bagId).digest().readUInt32BE(0) % shards;
}

export function allShards(shards: number): number[] {
  return Array.from({ length: shards }, (_, shard) => shard);
}
