// Long operations that a client starts and asks about: records in kv that survive restarts. A task
// whose server died is begun again by the next one if it can be, and else shown as failed: none is shown as
// running that does not run.
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
  virtual std::string id() const = 0;              // as start() answered
  virtual void report(std::int64_t progress) = 0;  // cheap; stored at most once a second
  virtual bool cancelled() const = 0;
  // What follows cannot be cancelled: it changes what others see. `cancelled` if that was asked for already.
  virtual Status begin_last_step() = 0;
  // Instead of a last step, for work whose changes are one batch: the write that ends the task with `result`.
  // In that batch it makes sure that a restart repeats both or neither, and that the task can be cancelled
  // until then: this answers `cancelled` if it was, and the batch `conflict` if it is meanwhile.
  virtual Result<kv::Write> ending_with(std::string result) = 0;
};

class Tasks {
 public:
  using Work = std::function<Result<std::string>(TaskContext&)>;
  // The work of a task that an earlier process began, made from the request it was started with. An error is
  // the task's.
  using Again = std::function<Result<Work>(std::string_view request)>;

  // `long_work` runs what start() is given, `short_work` what start_short() is.
  Tasks(kv::Store& state, const Clock& clock, Random& random, WorkQueue& long_work, WorkQueue& short_work);

  // Stores the task, then runs `work` on a queue; its answer is the task's result. Answers the id.
  // With a `request`, recover() begins the work again if the process ends before it, however it ends: the
  // work must not mind having been done in part, and end with TaskContext::ending_with().
  Result<std::string> start(const version::Repository& repository, std::string_view prefix, Work work,
                            std::string request = {});
  // For work of seconds, such as a commit, which must not wait for an import's hours.
  Result<std::string> start_short(const version::Repository& repository, std::string_view prefix, Work work);
  // With the progress of this moment, where the task runs in this process. `not_found` "not found".
  Result<TaskRecord> get(const version::Repository& repository, std::string_view id) const;
  // Ends it at once with `cancelled` "Canceled": it is shown so from now on, and its work never gets to its
  // last step. One that has failed stays as it is. `conflict` "conflict found" if it is in its last step or
  // has done it.
  Status cancel(const version::Repository& repository, std::string_view id);
  // At start-up: of the tasks that ran in an earlier process of this lake, those with a request are begun
  // again, under the same id and from nothing, at most kMostStarts times in all; the others become failed
  // ("interrupted by a restart").
  Status recover(const Again& again);
  static constexpr std::uint64_t kMostStarts = 100;  // a task that ends its server does not do so for ever
  // At shutdown: asks all running work to stop and waits for it.
  void drain();
  ~Tasks();

 private:
  struct Impl;
  Result<std::string> start_on(WorkQueue& queue, const version::Repository& repository,
                               std::string_view prefix, Work work, std::string request);

  std::shared_ptr<Impl> impl_;  // shared with the work that runs
};

}  // namespace mere::lake
