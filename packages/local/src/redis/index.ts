export { findRedisProgram, type Machine } from './redis-program.ts';
export { type RedisServer, type RedisServerOptions, startRedis } from './start-redis.ts';
