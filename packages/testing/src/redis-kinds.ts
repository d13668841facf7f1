import { withTestRedis } from './redis.ts';
import { startRedisCluster } from './redis-cluster.ts';

export type RedisKind = Readonly<{
  name: string;
  /** LANE_SHARDS there. */
  shards: number;
  start: () => Promise<AsyncDisposable & { readonly url: string }>;
}>;

/** What Posthorn's keys may lie on: a suite that uses several keys at once runs on each. */
export const redisKinds: readonly RedisKind[] = [
  { name: 'one Redis', shards: 1, start: () => withTestRedis() },
  { name: 'a Redis Cluster', shards: 4, start: () => startRedisCluster() },
];
