-- Both windows of a user counted together or not at all, and the use noted, in one call.
-- KEYS: hour, day, stream. ARGV: limits of hour and day, the event as JSON.
-- Returns {1, left this hour, left today}, or {0, seconds to wait, 0}.
local hour = tonumber(redis.call('GET', KEYS[1]) or 0)
local day = tonumber(redis.call('GET', KEYS[2]) or 0)
if hour >= tonumber(ARGV[1]) then return {0, redis.call('TTL', KEYS[1]), 0} end
if day >= tonumber(ARGV[2]) then return {0, redis.call('TTL', KEYS[2]), 0} end
if redis.call('INCR', KEYS[1]) == 1 then redis.call('EXPIRE', KEYS[1], 3600) end
if redis.call('INCR', KEYS[2]) == 1 then redis.call('EXPIRE', KEYS[2], 86400) end
redis.call('XADD', KEYS[3], 'MAXLEN', '~', 1000000, '*', 'event', ARGV[3])
return {1, ARGV[1] - hour - 1, ARGV[2] - day - 1}
