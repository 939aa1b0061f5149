#include "lake/task_record.h"

#include "base/wire.h"

namespace mere::lake {
namespace {

// A name that this build does not know (a newer one wrote it): internal.
Code code_named(std::string_view name) {
  for (int code = 0; code < static_cast<int>(Code::internal); ++code) {
    if (name_of(static_cast<Code>(code)) == name) return static_cast<Code>(code);
  }
  return Code::internal;
}

}  // namespace

std::string encode_task(const StoredTask& task) {
  std::string bytes;
  WireWriter out(bytes);
  out.bytes(1, task.record.id);
  out.varint(2, task.record.done);
  out.timestamp(3, task.record.updated_at);
  out.varint(4, static_cast<std::uint64_t>(task.record.progress));
  if (task.record.error) out.bytes(5, task.record.error->message);
  out.bytes(8, task.record.owner);
  out.bytes(100, task.record.result);
  if (task.record.error) out.bytes(101, name_of(task.record.error->code));
  out.varint(102, task.in_last_step);
  return bytes;
}

Result<StoredTask> decode_task(std::string_view bytes) {
  StoredTask task;
  Error error;
  bool failed = false;
  WireReader in(bytes);
  while (in.next()) {
    switch (in.field()) {
      case 1:
        task.record.id = in.bytes();
        break;
      case 2:
        task.record.done = in.varint() != 0;
        break;
      case 3:
        task.record.updated_at = in.timestamp();
        break;
      case 4:
        task.record.progress = static_cast<std::int64_t>(in.varint());
        break;
      case 5:
        error.message = in.bytes();
        break;
      case 8:
        task.record.owner = in.bytes();
        break;
      case 100:
        task.record.result = in.bytes();
        break;
      case 101:
        error.code = code_named(in.bytes());
        failed = true;
        break;
      case 102:
        task.in_last_step = in.varint() != 0;
        break;
      default:
        break;
    }
  }
  if (in.failed() || task.record.id.empty()) return Error{Code::corrupt, "stored task does not parse"};
  if (failed || !error.message.empty()) task.record.error = std::move(error);
  return task;
}

}  // namespace mere::lake
