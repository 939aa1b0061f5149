// Answers about operations that run as tasks.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "http/message.h"
#include "lake/lake.h"

namespace mere::rest {

// 202 {"id"}.
http::Response task_started_reply(std::string_view id);

// A task of one kind, told by the prefix of its id: `not_found` for other ids.
Result<lake::TaskRecord> find_task(const lake::Lake& lake, const version::Repository& repository,
                                   std::string_view prefix, std::string_view id);

// {"task_id", "completed", "update_time"} and, when done, "result" (written by `result`) or "error" with
// "status_code".
http::Response task_status_reply(const lake::TaskRecord& task,
                                 const std::function<Status(JsonWriter&)>& result);

}  // namespace mere::rest
