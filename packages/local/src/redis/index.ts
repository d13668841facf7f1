export { probeRedis } from './redis-probe.ts';
export { findRedisProgram, type Machine } from './redis-program.ts';
export {
  isRedisReady,
  type RedisServer,
  type RedisServerOptions,
  redisServerArgs,
  startRedis,
  stopLeftoverRedis,
} from './start-redis.ts';
