import { inForceLua } from '../limits/in-force-lua.ts';

/**
 * Reads a lane. KEYS: state, overrides, connections. ARGV: now, interval, burst and connections of the rules. Returns interval and
 * connections in force, until when all is suspended or 0, open connections, the end of the line, and the overrides (JSON).
 */
export const readLaneScript = `${inForceLua}
local now = tonumber(ARGV[1])
local f = in_force(KEYS[2], now, tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]))
local open = redis.call('ZCOUNT', KEYS[3], '(' .. ARGV[1], '+inf')
local line = redis.call('HGET', KEYS[1], 'line') or '0'
return { tostring(f.interval), f.connections, f.suspended_until, open, line, redis.call('HVALS', KEYS[2]) }
`;

/** Takes an override away, and the line that it made. KEYS: state, overrides, matches. ARGV: rule. Returns how many it took. */
export const liftScript = `
local taken = redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[3])
if taken == 1 and redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'line', 0) end
return taken
`;

/** A page of lanes by name. KEYS: used. ARGV: from, to, how many. */
export const usedPageScript = `return redis.call('ZRANGEBYLEX', KEYS[1], ARGV[1], ARGV[2], 'LIMIT', 0, ARGV[3])`;

/** KEYS: overrides. ARGV: now. */
export const overriddenScript = `return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf')`;
