-- POSTs 1 KiB to a new path each time. Arguments: repository, branch, authorization.
local body = string.rep("x", 1024)
local count = 0
local thread_number = 0

function setup(thread)
  thread:set("id", thread_number)
  thread_number = thread_number + 1
end

function init(args)
  target = "/api/v1/repositories/" .. args[1] .. "/branches/" .. args[2] .. "/objects?path=up/"
  headers = { ["Authorization"] = args[3], ["Content-Type"] = "application/octet-stream" }
  run = args[4]
end

function request()
  count = count + 1
  return wrk.format("POST", target .. run .. "-" .. id .. "-" .. count, headers, body)
end
