import { inForceLua } from './in-force-lua.ts';

/**
 * Counts one more connection if there is room. KEYS: connections, overrides. ARGV: now, interval, burst and connections of the
 * rules, the connection's name, how long it counts unless renewed. Returns 1 where it may be opened.
 */
export const connectScript = `${inForceLua}
local now = tonumber(ARGV[1])
local f = in_force(KEYS[2], now, tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]))
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= f.connections then return 0 end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[6]), ARGV[5])
redis.call('PEXPIRE', KEYS[1], 2 * tonumber(ARGV[6]))
return 1
`;

/**
 * Counts open connections on, also such as ran out while their owner was held up: they are there all the same.
 * KEYS: connections. ARGV: when they expire, for how long, their names.
 */
export const renewScript = `
for at = 3, #ARGV do redis.call('ZADD', KEYS[1], ARGV[1], ARGV[at]) end
redis.call('PEXPIRE', KEYS[1], 2 * tonumber(ARGV[2]))
return 0
`;

/** KEYS: connections. ARGV: names. */
export const releaseScript = `
for at = 1, #ARGV do redis.call('ZREM', KEYS[1], ARGV[at]) end
return 0
`;
