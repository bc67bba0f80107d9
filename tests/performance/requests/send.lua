-- For wrk: sends the requests of a file in turn, and writes what came of it as JSON.
local requests, turn = {}, 0

function init(args)
   result = args[2]  -- `done` runs elsewhere, and asks this thread for it
   local file = io.open(args[1], "rb")
   local length = file:read(8)
   while length do
      requests[#requests + 1] = file:read(tonumber(length))
      length = file:read(8)
   end
   file:close()
end

function request()
   turn = turn % #requests + 1
   return requests[turn]
end

local threads = {}

function setup(thread)
   threads[#threads + 1] = thread
end

function done(summary, latency, _)
   local errors = summary.errors
   local file = io.open(threads[1]:get("result"), "w")
   file:write(string.format(
      '{"answers": %d, "failed": %d, "broken": %d, "microseconds": %d, "p50": %d, "p95": %d, "p99": %d}',
      summary.requests, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
      summary.duration, latency:percentile(50), latency:percentile(95), latency:percentile(99)))
   file:close()
end
