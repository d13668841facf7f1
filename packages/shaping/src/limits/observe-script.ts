/**
 * Counts an answer that a rule matched, and puts the rule's override in force once there are enough.
 *
 * Nothing is counted while an override of that rule is in force: those answers were under way, or belong to the pace it set, and
 * must not make it last (a suspension would renew itself). In its recovery it may come into force again.
 *
 * KEYS: overrides, matches. ARGV: now, rule, the override (JSON), its end, answers needed, within how many ms.
 * Returns 1 where the override came into force.
 */
export const observeScript = `
local now, rule = tonumber(ARGV[1]), ARGV[2]
local kept = redis.call('HGET', KEYS[1], rule)
if kept and now < cjson.decode(kept).untilMs then return 0 end
local needed, within = tonumber(ARGV[5]), tonumber(ARGV[6])
if needed > 1 then
  redis.call('LPUSH', KEYS[2], ARGV[1])
  redis.call('LTRIM', KEYS[2], 0, needed - 1)
  redis.call('PEXPIRE', KEYS[2], within)
  local oldest = redis.call('LINDEX', KEYS[2], needed - 1)
  if not oldest or now - tonumber(oldest) > within then return 0 end
  redis.call('DEL', KEYS[2])
end
redis.call('HSET', KEYS[1], rule, ARGV[3])
local left = redis.call('PTTL', KEYS[1])
redis.call('PEXPIRE', KEYS[1], math.max(left, math.ceil(tonumber(ARGV[4]) - now)))
return 1
`;
