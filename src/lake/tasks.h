// Long operations that a client starts and asks about: records in kv that survive restarts. A task
// whose server died is shown as failed, not as running for ever.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/executor.h"
#include "base/result.h"
#include "base/xid.h"
#include "kv/store.h"
#include "version/types.h"

namespace mere::lake {

struct TaskRecord {
  std::string id;  // prefix + 20 characters
  bool done = false;
  Timestamp updated_at;
  std::int64_t progress = 0;
  std::string result;          // bytes, meaning up to the operation; only when done without error
  std::optional<Error> error;  // only when done
  std::string owner;           // the server process that runs it
};

// Handed to the running work. Any thread.
class TaskContext {
 public:
  virtual ~TaskContext() = default;
  virtual void report(std::int64_t progress) = 0;  // cheap; stored at most once a second
  virtual bool cancelled() const = 0;
  // What follows cannot be cancelled: it changes what others see. `cancelled` if that was asked for already.
  virtual Status begin_last_step() = 0;
};

class Tasks {
 public:
  // `queue` runs the work.
  Tasks(kv::Store& state, const Clock& clock, Random& random, WorkQueue& queue);

  // Stores the task, then runs `work` on the queue; its answer is the task's result. Answers the id.
  Result<std::string> start(const version::Repository& repository, std::string_view prefix,
                            std::function<Result<std::string>(TaskContext&)> work);
  // `not_found` "not found".
  Result<TaskRecord> get(const version::Repository& repository, std::string_view id) const;
  // Ends it at once with `cancelled` "Canceled": it is shown so from now on, and its work never gets to its
  // last step. One that has failed stays as it is. `conflict` "conflict found" if it is in its last step or
  // has done it.
  Status cancel(const version::Repository& repository, std::string_view id);
  // At start-up: running tasks of an earlier process of this lake become failed ("interrupted by a restart").
  Status fail_interrupted();
  // At shutdown: asks all running work to stop and waits for it.
  void drain();
  ~Tasks();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with the work that runs
};

}  // namespace mere::lake
