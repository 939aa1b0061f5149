-- Creates a new branch each time. Arguments: repository, authorization, a word that tells runs apart.
local count = 0
local thread_number = 0

function setup(thread)
  thread:set("id", thread_number)
  thread_number = thread_number + 1
end

function init(args)
  target = "/api/v1/repositories/" .. args[1] .. "/branches"
  headers = { ["Authorization"] = args[2], ["Content-Type"] = "application/json" }
  run = args[3]
end

function request()
  count = count + 1
  local name = "b-" .. run .. "-" .. id .. "-" .. count
  return wrk.format("POST", target, headers, '{"name":"' .. name .. '","source":"main"}')
end
