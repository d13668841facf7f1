import { inForceLua } from './in-force-lua.ts';

/**
 * Takes leaves to send for those who ask together, and places in line for those who get none.
 *
 * GCRA: `tat` is the time at which the messages that were let go would all have gone at the even pace. In any time `t` at most
 * `burst + t / interval` go. Beside leaves that are used at once a caller may take `spare` ones, to be used within `hold` ms: that
 * brings messages closer together than the limiter knows, so the limiter itself allows as many fewer than the burst.
 *
 * Places (`line`) follow each other at the pace of the messages, so that as many come back in a time as may go then. A place is
 * advice only: whoever asks when a message may go, goes. `line` never runs further ahead than `cap`.
 *
 * KEYS: state, overrides. ARGV: now, how many ask, spare leaves, interval, burst and connections of the rules, cap.
 * Returns: leaves, hold, interval, connections, the first place, `tat`, until when all is suspended or 0, and the override (JSON)
 * that made the pace so, or ''.
 */
export const askScript = `${inForceLua}
local now, askers, spare, cap = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[7])
local f = in_force(KEYS[2], now, tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]))
local interval = f.interval
local spare_max = math.min(math.floor((f.burst - 1) / 2), math.floor(100 / interval))
local tolerance = (f.burst - spare_max) * interval
local kept = redis.call('HMGET', KEYS[1], 'tat', 'line')
local tat, line = tonumber(kept[1]) or 0, tonumber(kept[2]) or 0
-- What no clock and no pace of now could have led to is of a clock that was wrong, or of a pace that no longer holds.
if tat > now + tolerance + math.max(interval, 5000) then tat = now + tolerance end
local from = math.max(tat, now)

local leaves = 0
if f.suspended_until == 0 then
  -- A thousandth of a millisecond is what is lost of a time in rounding.
  local free = math.floor((tolerance - (from - now) + 0.001) / interval)
  leaves = math.max(0, math.min(askers + math.min(spare, spare_max), free))
end
if leaves > 0 then tat = from + leaves * interval end
local first = 0
if leaves < askers then
  first = math.max(line + interval, math.max(tat, now) + interval - tolerance, f.suspended_until)
  line = math.min(first + (askers - leaves - 1) * interval, now + cap)
end
local tat_text = string.format('%.3f', tat)
redis.call('HSET', KEYS[1], 'tat', tat_text, 'line', string.format('%.3f', line))
redis.call('PEXPIRE', KEYS[1], math.ceil(900000 + 2 * tolerance))
return { leaves, math.floor(spare_max * interval), tostring(interval), f.connections, tostring(first), tat_text,
  f.suspended_until, f.suspended_by or f.slowed_by or '' }
`;

/**
 * Puts one leave back where nobody took any since, so that it is as if it had never been taken.
 *
 * KEYS: state. ARGV: the `tat` that it led to, interval. Returns the `tat` without it, or '' where others came between.
 */
export const giveBackScript = `
if redis.call('HGET', KEYS[1], 'tat') ~= ARGV[1] then return '' end
local tat_text = string.format('%.3f', tonumber(ARGV[1]) - tonumber(ARGV[2]))
redis.call('HSET', KEYS[1], 'tat', tat_text)
return tat_text
`;
