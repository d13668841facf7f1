export { explainRedis } from './explain-redis.ts';
export { probeRedis, redisLoading } from './redis-probe.ts';
export { findRedisProgram, type Machine } from './redis-program.ts';
export {
  isRedisReady,
  type RedisServer,
  type RedisServerOptions,
  redisServerArgs,
  startRedis,
} from './start-redis.ts';
