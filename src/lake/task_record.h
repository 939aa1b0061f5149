// Stored form of a task: protobuf, fields 1 to 5 and 8 as lakeFS numbers them, the rest of our own.
// 1 id · 2 done · 3 updated_at · 4 progress · 5 error message · 8 owner · 100 result · 101 error code by
// name · 102 in its last step. Decoding answers `corrupt`.
#pragma once

#include <string>
#include <string_view>

#include "lake/tasks.h"

namespace mere::lake {

struct StoredTask {
  TaskRecord record;
  bool in_last_step = false;  // it can no longer be cancelled
};

std::string encode_task(const StoredTask& task);
Result<StoredTask> decode_task(std::string_view bytes);

}  // namespace mere::lake
