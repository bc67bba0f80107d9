-- Finds what rides in the newest events of a user, newest first: the stream is searched where it is.
--
-- KEYS  the stream of usage
-- ARGV  the user's id · how many events are looked at · what stands before a rider

local found = {}
for _, entry in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', ARGV[2])) do
  local event = entry[2][2]
  if string.find(event, ARGV[1], 1, true) and string.find(event, ARGV[3], 1, true) then
    found[#found + 1] = event
  end
end
return found
