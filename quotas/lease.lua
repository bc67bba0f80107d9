-- Lets so many requests of one caller run at once. A lease whose holder died ends by itself.
--
-- KEYS  the sorted set of leases   ARGV  the lease's name · how many there may be · ms it lasts
-- Returns 1 if it was given, 0 if there are as many already.

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
