-- Checks every window of a caller, then counts in all of them or in none. See limits.py.
--
-- KEYS  the epoch, which is there as long as nothing was lost · the version of all tiers' limits ·
--       the version of the caller's · the stream of usage · then one hash for each window
-- ARGV  cost · the version that the limits are of, or * · the usage event or '' · the time in ms or ''
--       · how long the stream may be · the request's id or '' · for how many ms it is remembered
--       · then for each window: bucket in ms, buckets, limit or -1, and what a process has let in by
--       itself meanwhile: it is counted whatever the limit
-- Returns {state, time in ms, version}, then for each window: used, reset in ms, wait in ms.
-- state: 1 let in, 0 refused, -1 the limits are not of this version, -2 what was counted is lost.
--
-- A hash has a field for each bucket with something in it, and besides: `n` their sum, `f` and `l`
-- the first and the last of them. So only the first call in a bucket reads more than three fields.
--
-- A request that has an id counts once, however often it is asked about: who heard no answer asks
-- again, and the first question may still be under way.

local cost, version, event, id = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[6]
local now = tonumber(ARGV[4])
if not now then
  local clock = redis.call('TIME')
  now = clock[1] * 1000 + math.floor(clock[2] / 1000)
end

local epoch, all, own = unpack(redis.call('MGET', KEYS[1], KEYS[2], KEYS[3]))
if not epoch then return {-2, now, ''} end
local present = epoch .. ':' .. (all or '') .. ':' .. (own or '')
if version ~= '*' and version ~= present then return {-1, now, present} end

local counted = KEYS[3] .. ':' .. id
if id ~= '' and redis.call('EXISTS', counted) == 1 then cost, event = 0, '' end

local function fields(from, to)
  local names = {}
  for bucket = from, to do names[#names + 1] = string.format('%d', bucket) end
  return names
end

-- Forgets what is over, and returns the window with what it still holds.
local function turned(key, size, buckets, limit)
  local kept = redis.call('HMGET', key, 'n', 'f', 'l')
  local w = {key = key, size = size, buckets = buckets, limit = limit,
             used = tonumber(kept[1]) or 0, first = tonumber(kept[2]), last = tonumber(kept[3]) or 0}
  w.bucket = math.max(math.floor(now / size), w.last)
  local oldest = w.bucket - buckets
  if not w.first or w.first >= oldest then return w end
  if w.last < oldest then
    redis.call('DEL', key)
    w.used, w.first = 0, nil
    return w
  end
  local names = fields(w.first, w.last)
  local counts = redis.call('HMGET', key, unpack(names))
  local over, first = {}, nil
  for i, count in ipairs(counts) do
    local bucket = tonumber(names[i])
    if count and bucket < oldest then
      over[#over + 1] = names[i]
      w.used = w.used - tonumber(count)
    elseif count and not first then
      first = bucket
    end
  end
  redis.call('HDEL', key, unpack(over))
  redis.call('HSET', key, 'n', w.used, 'f', string.format('%d', first))
  w.first = first
  return w
end

local function over_at(w, bucket) return (bucket + w.buckets + 1) * w.size end

local function wait(w)
  if w.limit < 0 or cost == 0 or w.used + cost <= w.limit then return 0 end
  local excess = w.used + cost - w.limit
  if w.first then
    local names = fields(w.first, w.last)
    for i, count in ipairs(redis.call('HMGET', w.key, unpack(names))) do
      if count then
        excess = excess - tonumber(count)
        if excess <= 0 then return over_at(w, tonumber(names[i])) - now end
      end
    end
  end
  return w.size * w.buckets
end

local function put(w, count)
  local bucket = string.format('%d', w.bucket)
  redis.call('HINCRBY', w.key, bucket, count)
  w.used = w.used + count
  if w.first and w.last == w.bucket then
    redis.call('HSET', w.key, 'n', w.used)
    return
  end
  w.first, w.last = w.first or w.bucket, w.bucket
  redis.call('HSET', w.key, 'n', w.used, 'f', string.format('%d', w.first), 'l', bucket)
  redis.call('PEXPIRE', w.key, w.size * (w.buckets + 2))
end

local windows, waits, refused = {}, {}, false
for i = 5, #KEYS do
  local at = 8 + (i - 5) * 4
  local w = turned(KEYS[i], tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]))
  local debt = tonumber(ARGV[at + 3])
  if debt > 0 then put(w, debt) end
  local pause = wait(w)
  windows[#windows + 1], waits[#waits + 1] = w, pause
  refused = refused or pause > 0
end

local answer = {refused and 0 or 1, now, present}
for i, w in ipairs(windows) do
  if cost > 0 and not refused then put(w, cost) end
  answer[#answer + 1] = w.used
  answer[#answer + 1] = w.used > 0 and over_at(w, w.first) or -1
  answer[#answer + 1] = waits[i]
end
if id ~= '' and cost > 0 and not refused then redis.call('SET', counted, '', 'PX', ARGV[7]) end
if event ~= '' and not refused then
  redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[5], '*', 'e', event)
end
return answer
