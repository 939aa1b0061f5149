#include "lake/running_task.h"

#include "base/text.h"

namespace mere::lake {
namespace {

// The text up to the next newline, taken off with it; all of it if there is none.
std::string_view take_line(std::string_view& bytes) {
  const std::size_t end = bytes.find('\n');
  const std::string_view line = bytes.substr(0, end);
  bytes.remove_prefix(end == bytes.npos ? bytes.size() : end + 1);
  return line;
}

}  // namespace

std::string encode_running(const RunningTask& task) {
  std::string bytes = task.task_key + "\n" + task.owner;
  if (!task.request.empty()) bytes += "\n" + std::to_string(task.starts) + "\n" + task.request;
  return bytes;
}

Result<RunningTask> decode_running(std::string_view bytes) {
  RunningTask task;
  task.task_key = take_line(bytes);
  task.owner = take_line(bytes);
  bool good = !task.task_key.empty() && !task.owner.empty();
  if (!bytes.empty()) {
    const auto starts = parse_integer<std::uint64_t>(take_line(bytes));
    good = good && starts && !bytes.empty();
    task.starts = starts.value_or(0);
  }
  if (!good) return Error{Code::corrupt, "stored running task does not parse"};
  task.request = bytes;
  return task;
}

}  // namespace mere::lake
