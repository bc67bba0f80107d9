-- Gives back what was counted for a caller at a moment: of each window, what its bucket still holds.
--
-- KEYS  one hash for each window (see limiter.lua)
-- ARGV  how much · when it was counted, in ms · then for each window: bucket in ms

local cost, at = tonumber(ARGV[1]), tonumber(ARGV[2])
for i, key in ipairs(KEYS) do
  local bucket = string.format('%d', math.floor(at / tonumber(ARGV[2 + i])))
  local held = tonumber(redis.call('HGET', key, bucket)) or 0
  local back = math.min(cost, held)
  if back > 0 then
    redis.call('HINCRBY', key, bucket, -back)
    redis.call('HINCRBY', key, 'n', -back)
  end
end
