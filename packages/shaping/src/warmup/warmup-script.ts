/**
 * The plan of one address, kept in two hashes that are in one slot of a cluster: provider → its plan's state, and
 * provider → the last 60 sending days. The field `*` says how providers that were not seen yet begin.
 *
 * One script, so that asking, counting and the change of the day cannot come between one another, however many
 * dispatchers ask. Days and hours are counted from the epoch in UTC, from the time passed in; an asker whose clock is
 * behind counts on the day that is open.
 *
 * KEYS: state, history. ARGV: operation, provider, time in ms, plan (JSON), then the result of a `record`, the hour that
 * what a `giveBack` gives back was taken in, or how a `begin` begins. Answers with JSON.
 */
export const warmupScript = `
local op, provider, nowMs = ARGV[1], ARGV[2], tonumber(ARGV[3])
local plan = cjson.decode(ARGV[4])
local hour = math.floor(nowMs / 3600000)
local today = math.floor(hour / 24)
local closed

local function limitOf(p) return plan[math.min(p.stage, #plan - 1) + 1] end
-- An eighth of the day's limit an hour: no burst at midnight, yet all of it within a working day.
local function hourLimitOf(p) return math.max(20, math.ceil(limitOf(p) / 8)) end

local function open(p)
  p.day = today
  p.taken, p.accepted, p.deferred, p.blocked, p.complained = 0, 0, 0, 0, 0
  p.steppedBack = false
  p.limit, p.openedAt = limitOf(p), p.stage + 1
end

local function move(p, kind, stage)
  p.change = { kind = kind, atMs = nowMs, fromDay = p.stage + 1, toDay = stage + 1, day = p.day, limit = p.limit,
    accepted = p.accepted, answered = p.accepted + p.deferred + p.blocked, blocked = p.blocked,
    complained = p.complained }
  p.stage = stage
end

local function judge(p)
  local answered = p.accepted + p.deferred + p.blocked
  if p.steppedBack then return 'stepped-back' end
  if p.complained >= 2 and p.complained * 1000 > p.accepted then return 'held-complaints' end
  if p.accepted * 10 < answered * 9 then return 'held-acceptance' end
  if p.accepted * 2 < p.limit then return 'held-little-mail' end
  if p.stage >= #plan - 1 then return 'warm' end
  return 'advanced'
end

local function close(p)
  local verdict = judge(p)
  closed = { day = p.day, planDay = p.openedAt, limit = p.limit, taken = p.taken, accepted = p.accepted,
    deferred = p.deferred, blocked = p.blocked, complained = p.complained, verdict = verdict }
  if verdict == 'advanced' then move(p, verdict, p.stage + 1)
  elseif verdict == 'warm' then move(p, verdict, p.stage); p.isWarm = true
  elseif verdict ~= 'stepped-back' then move(p, verdict, p.stage) end
end

local function turn(p)
  if p.day >= today then return end
  local idle = today - p.day - 1
  if not p.isWarm and p.taken + p.accepted + p.deferred + p.blocked > 0 then close(p) end
  if idle >= 30 then
    p.isWarm = false
    move(p, 'restarted', 0)
  elseif idle >= 7 and not p.isWarm then
    move(p, 'idle', math.max(0, p.stage - math.floor(idle / 7)))
  end
  open(p)
end

local function begin(how)
  local p = { stage = 0, isWarm = false, hour = hour, hourTaken = 0 }
  p.stage = math.min(how.startStage or 0, #plan - 1)
  open(p)
  move(p, 'started', p.stage)
  return p
end

local function remember()
  if not closed then return end
  local days = cjson.decode(redis.call('HGET', KEYS[2], provider) or '[]')
  days[#days + 1] = closed
  while #days > 60 do table.remove(days, 1) end
  redis.call('HSET', KEYS[2], provider, cjson.encode(days))
end

local function save(p) redis.call('HSET', KEYS[1], provider, cjson.encode(p)) end

if op == 'begin' then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], '*', ARGV[5])
  return '{}'
end

local how = cjson.decode(redis.call('HGET', KEYS[1], '*') or '{}')
local kept = redis.call('HGET', KEYS[1], provider)
local p = kept and cjson.decode(kept)

if op == 'take' then
  if how.skip then return '{"kind":"warm"}' end
  p = p or begin(how)
  local before = p.day
  turn(p)
  remember()
  if p.isWarm then
    if p.day ~= before then save(p) end
    return '{"kind":"warm"}'
  end
  if hour > p.hour then p.hour, p.hourTaken = hour, 0 end
  local limit = limitOf(p)
  local untilMs
  if p.taken >= limit then untilMs = (p.day + 1) * 86400000
  elseif p.hourTaken >= hourLimitOf(p) then untilMs = (p.hour + 1) * 3600000 end
  if not untilMs then
    p.taken = p.taken + 1
    p.hourTaken = p.hourTaken + 1
  end
  if not untilMs or p.day ~= before then save(p) end
  return cjson.encode({ kind = untilMs and 'full' or 'go', untilMs = untilMs, hour = p.hour, planDay = p.stage + 1,
    limit = limit, hourLimit = hourLimitOf(p), isDayFull = p.taken >= limit })
end

if op == 'giveBack' then
  local takenIn = tonumber(ARGV[5])
  if not p or p.isWarm then return '{}' end
  if p.hour == takenIn then p.hourTaken = math.max(0, p.hourTaken - 1) end
  if p.day == math.floor(takenIn / 24) then p.taken = math.max(0, p.taken - 1) end
  save(p)
  return '{}'
end

if op == 'record' then
  if not p or p.isWarm or how.skip then return '{}' end
  p[ARGV[5]] = p[ARGV[5]] + 1
  -- One block among few answers, one in a hundred among many; a large day is not judged by its first answers.
  local answered = math.max(p.accepted + p.deferred + p.blocked, p.limit / 10)
  if not p.steppedBack and p.blocked >= math.max(1, math.floor(answered / 100)) then
    p.steppedBack = true
    move(p, 'stepped-back', math.max(0, p.stage - 2))
  end
  save(p)
  return '{}'
end

-- peek: what a taker would find now; writes nothing.
if not p then return 'null' end
turn(p)
local hourTaken = p.hour == hour and p.hourTaken or 0
local limit = p.limit
if limitOf(p) < limit then limit = limitOf(p) end
return cjson.encode({ planDay = p.stage + 1, isWarm = p.isWarm, limit = limit,
  hourLimit = hourLimitOf(p), hourTaken = hourTaken, taken = p.taken, accepted = p.accepted, deferred = p.deferred,
  blocked = p.blocked, complained = p.complained, change = p.change, closed = closed })
`;
