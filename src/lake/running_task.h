// Which tasks run, so that a restart finds them without a walk over all repositories:
// "running-tasks/<instance uid>/<task id>" → the task's own key, '\n', the process that runs it, and for a
// task that restarts survive '\n', how often it was begun, '\n', what it was started with. Decoding answers
// `corrupt`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mere::lake {

inline constexpr std::string_view kRunning = "running-tasks/";

struct RunningTask {
  std::string task_key;
  std::string owner;
  std::uint64_t starts = 1;
  std::string request;  // any bytes; "": a restart ends it
};

std::string encode_running(const RunningTask& task);
Result<RunningTask> decode_running(std::string_view bytes);

}  // namespace mere::lake
