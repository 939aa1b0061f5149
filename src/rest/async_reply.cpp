#include "rest/async_reply.h"

#include "base/time_format.h"
#include "rest/reply.h"

namespace mere::rest {

http::Response task_started_reply(std::string_view id) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("id");
  json.string(id);
  json.end_object();
  return json_text(202, std::move(body));
}

Result<lake::TaskRecord> find_task(const lake::Lake& lake, const version::Repository& repository,
                                   std::string_view prefix, std::string_view id) {
  if (!id.starts_with(prefix)) return Error{Code::not_found, "not found"};
  return lake.tasks.get(repository, id);
}

http::Response task_status_reply(const lake::TaskRecord& task,
                                 const std::function<Status(JsonWriter&)>& result) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("task_id");
  json.string(task.id);
  json.key("completed");
  json.boolean(task.done);
  json.key("update_time");
  json.string(to_rfc3339(task.updated_at));
  if (task.done && task.error) {
    json.key("error");
    json.begin_object();
    json.key("message");
    json.string(task.error->message);
    json.end_object();
    json.key("status_code");
    json.integer(http_status(task.error->code));
  } else if (task.done) {
    json.key("result");
    REPLY_IF_ERROR(result(json));
  }
  json.end_object();
  return json_text(200, std::move(body));
}

}  // namespace mere::rest
