/**
 * Lua that every script about a lane begins with: the limits that hold now, from those of the rules and the overrides.
 *
 * An override that is over is removed. A suspension takes rate and connections to nothing; afterwards, and after a slow time,
 * they come back in equal steps (additive increase), all of them at `endMs`. Of several overrides the strictest counts.
 */
export const inForceLua = `
local function in_force(overrides_key, now, interval, burst, connections)
  local found = { interval = interval, burst = burst, connections = connections, suspended_until = 0 }
  local kept = redis.call('HGETALL', overrides_key)
  for at = 1, #kept, 2 do
    local o = cjson.decode(kept[at + 1])
    local rate, conns
    if now >= o.endMs then
      redis.call('HDEL', overrides_key, kept[at])
    elseif now < o.untilMs then
      if o.kind == 'suspend' then
        -- Those in line come back as fast as the first step of the recovery lets them go.
        rate = 1 / interval / (o.steps + 1)
        if o.untilMs > found.suspended_until then
          found.suspended_until = o.untilMs
          found.suspended_by = kept[at + 1]
        end
      else
        rate = o.intervalMs and 1 / o.intervalMs
        conns = o.connections
      end
    else
      local share = (math.floor((now - o.untilMs) / o.stepMs) + 1) / (o.steps + 1)
      local is_suspend = o.kind == 'suspend'
      local rate_from = is_suspend and 0 or (o.intervalMs and 1 / o.intervalMs)
      local conns_from = is_suspend and 0 or o.connections
      rate = rate_from and rate_from + (1 / interval - rate_from) * share
      conns = conns_from and math.floor(conns_from + (connections - conns_from) * share)
    end
    if rate and 1 / rate > found.interval then
      found.interval = 1 / rate
      found.burst = math.max(1, math.min(burst, math.ceil(200 * rate)))
      found.slowed_by = kept[at + 1]
    end
    if conns and math.max(1, conns) < found.connections then
      found.connections = math.max(1, conns)
      found.narrowed_by = kept[at + 1]
    end
  end
  if found.suspended_until > 0 then found.connections = 0 end
  return found
end
`;
