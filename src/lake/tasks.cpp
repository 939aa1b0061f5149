#include "lake/tasks.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "lake/running_task.h"
#include "lake/task_record.h"
#include "version/keys.h"

namespace mere::lake {
namespace {

constexpr std::size_t kMaxIdBytes = 64;
constexpr auto kStoreEvery = std::chrono::seconds(1);
constexpr auto kKeepDone = std::chrono::hours(7 * 24);
constexpr int kPrunedAtOnce = 100;
constexpr int kAttempts = 16;

Error canceled() {
  return {Code::cancelled, "Canceled"};
}
Error interrupted() {
  return {Code::cancelled, "interrupted by a restart"};
}

std::string prefix_of(const version::Repository& repository) {
  return version::keys::of_repository(repository, "tasks");
}

// One change of a stored task. `change` answers false to leave it as it is.
Status update(kv::Store& state, const std::string& key,
              const std::function<Result<bool>(StoredTask&)>& change) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ASSIGN_OR_RETURN(const auto stored, state.get(key));
    if (!stored) return Error{Code::not_found, "not found"};
    ASSIGN_OR_RETURN(StoredTask task, decode_task(*stored));
    ASSIGN_OR_RETURN(const bool changed, change(task));
    if (!changed) return {};
    auto written = kv::put(state, key, encode_task(task), kv::Condition::equals(*stored));
    if (written || written.error().code != Code::conflict) return written;
  }
  return Error{Code::too_many_requests, "the task's record keeps changing"};
}

}  // namespace

struct Tasks::Impl : std::enable_shared_from_this<Impl> {
  class Running;

  Impl(kv::Store& task_state, const Clock& task_clock, Random& random, WorkQueue& long_tasks,
       WorkQueue& short_tasks)
      : state(task_state),
        clock(task_clock),
        long_work(long_tasks),
        short_work(short_tasks),
        xids(task_clock, random),
        owner(xids.next()) {}

  kv::Store& state;
  const Clock& clock;
  WorkQueue& long_work;
  WorkQueue& short_work;
  XidGenerator xids;
  const std::string owner;

  std::mutex mutex;
  std::condition_variable idle;
  std::map<std::string, std::shared_ptr<Running>> running;  // by key
  bool draining = false;

  void run(const std::shared_ptr<Running>& task, const Work& work);
  // Makes it known to this process, writes what says so, and has the work run.
  Status begin(WorkQueue& queue, const std::shared_ptr<Running>& task, Work work,
               std::span<const kv::Write> writes);
  void forget(const std::string& key);
  void leave_for_a_restart(const Running& task);
  Status recover_one(const std::string& running_key, RunningTask found, const Again& again);
  Status fail(const std::string& key, const std::string& running_key, const Error& why);
  void prune(const version::Repository& repository, std::string_view prefix);
};

class Tasks::Impl::Running final : public TaskContext {
 public:
  Running(Impl& tasks, std::string key, std::string running_key, bool restarts)
      : tasks_(tasks),
        key_(std::move(key)),
        running_key_(std::move(running_key)),
        restarts_(restarts),
        stored_at_(tasks.clock.steady()) {}

  std::string id() const override { return key_.substr(key_.rfind('/') + 1); }
  void report(std::int64_t progress) override {
    progress_.store(progress, std::memory_order_relaxed);
    const auto now = tasks_.clock.steady();
    {
      std::lock_guard lock(mutex_);
      if (now - stored_at_ < kStoreEvery) return;
      stored_at_ = now;
    }
    const auto stored = update(tasks_.state, key_, [&](StoredTask& task) -> Result<bool> {
      if (task.record.done) {
        stop();  // cancelled, perhaps at another server
        return false;
      }
      task.record.progress = progress;
      task.record.updated_at = tasks_.clock.now();
      return true;
    });
    // Its repository is gone: nobody will ever ask for it. Other failures are the next report's business.
    if (!stored && stored.error().code == Code::not_found) stop();
  }

  bool cancelled() const override { return cancelled_.load(std::memory_order_relaxed); }
  Status begin_last_step() override {
    if (cancelled()) return canceled();
    return update(tasks_.state, key_, [](StoredTask& task) -> Result<bool> {
      if (task.record.done) return canceled();
      task.in_last_step = true;
      return true;
    });
  }
  Result<kv::Write> ending_with(std::string result) override {
    ASSIGN_OR_RETURN(const auto stored, tasks_.state.get(key_));
    if (!stored) return Error{Code::not_found, "not found"};
    ASSIGN_OR_RETURN(StoredTask task, decode_task(*stored));
    if (task.record.done) return canceled();
    task.record.done = true;
    task.record.updated_at = tasks_.clock.now();
    task.record.progress = progress();
    task.record.result = std::move(result);
    return kv::Write::put(key_, encode_task(task), kv::Condition::equals(*stored));
  }
  void stop() { cancelled_.store(true, std::memory_order_relaxed); }
  std::int64_t progress() const { return progress_.load(std::memory_order_relaxed); }
  const std::string& key() const { return key_; }
  const std::string& running_key() const { return running_key_; }
  bool restarts() const { return restarts_; }  // it has a request

 private:
  Impl& tasks_;
  const std::string key_;
  const std::string running_key_;
  const bool restarts_;
  std::atomic<bool> cancelled_{false};
  std::atomic<std::int64_t> progress_{0};
  std::mutex mutex_;
  std::chrono::steady_clock::time_point stored_at_;
};

void Tasks::Impl::run(const std::shared_ptr<Running>& task, const Work& work) {
  bool stopping = false;
  {
    std::lock_guard lock(mutex);
    stopping = draining;
  }
  Result<std::string> outcome = interrupted();
  if (!stopping) {
    try {
      outcome = work(*task);
    } catch (const std::exception& thrown) {
      outcome = Error{Code::internal, std::string("unexpected failure: ") + thrown.what()};
    }
    std::lock_guard lock(mutex);
    stopping = draining && !outcome && outcome.error().code == Code::cancelled;
    if (stopping) outcome = interrupted();
  }
  if (stopping && task->restarts()) return leave_for_a_restart(*task);

  const auto finish = [&](StoredTask& stored) -> Result<bool> {
    if (stored.record.done) return false;  // cancelled
    stored.record.done = true;
    stored.record.updated_at = clock.now();
    stored.record.progress = task->progress();
    if (outcome) {
      stored.record.result = *outcome;
    } else {
      stored.record.error = outcome.error();
    }
    return true;
  };
  Status written = update(state, task->key(), finish);
  for (int attempt = 1; attempt < 4 && !written && written.error().code == Code::unavailable; ++attempt) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100 << attempt));
    written = update(state, task->key(), finish);
  }
  if (written || written.error().code == Code::not_found) written = kv::erase(state, task->running_key());
  if (!written)
    log::error("task's end is not stored", {{"task", task->key()}, {"error", written.error().message}});
  forget(task->key());
}

void Tasks::Impl::forget(const std::string& key) {
  std::lock_guard lock(mutex);
  running.erase(key);
  idle.notify_all();
}

// Its record goes on to say that it is under way. An orderly end does not count against it.
void Tasks::Impl::leave_for_a_restart(const Running& task) {
  if (const auto stored = state.get(task.running_key()); stored && *stored) {
    if (auto found = decode_running(**stored); found && found->starts > 0) {
      --found->starts;
      if (const auto put = kv::put(state, task.running_key(), encode_running(*found)); !put)
        log::warn("an interrupted task counts as begun", {{"error", put.error().message}});
    }
  }
  forget(task.key());
}

Status Tasks::Impl::begin(WorkQueue& queue, const std::shared_ptr<Running>& task, Work work,
                          std::span<const kv::Write> writes) {
  {
    std::lock_guard lock(mutex);
    if (draining) return Error{Code::unavailable, "the server is shutting down"};
    running.emplace(task->key(), task);
  }
  if (auto written = state.write(writes); !written) {
    forget(task->key());
    return written;
  }
  queue.submit([impl = shared_from_this(), task, work = std::move(work)] { impl->run(task, work); });
  return {};
}

// Done tasks are kept for a week. Ids of one kind ascend in time, so the oldest come first.
void Tasks::Impl::prune(const version::Repository& repository, std::string_view prefix) {
  const std::string folder = prefix_of(repository);
  const auto cursor = state.scan(folder);
  cursor->seek(folder + std::string(prefix.empty() ? "a" : prefix));  // ids without a prefix are lower case
  for (int i = 0; i < kPrunedAtOnce && cursor->valid(); ++i, cursor->next()) {
    if (!cursor->key().substr(folder.size()).starts_with(prefix)) return;
    const auto task = decode_task(cursor->value());
    if (!task || clock.now() - task->record.updated_at < kKeepDone) return;
    if (!task->record.done) continue;
    if (!kv::erase(state, std::string(cursor->key()))) return;  // the next start tries again
  }
}

Tasks::Tasks(kv::Store& state, const Clock& clock, Random& random, WorkQueue& long_work,
             WorkQueue& short_work)
    : impl_(std::make_shared<Impl>(state, clock, random, long_work, short_work)) {}

Tasks::~Tasks() {
  drain();
}

Result<std::string> Tasks::start(const version::Repository& repository, std::string_view prefix, Work work,
                                 std::string request) {
  return start_on(impl_->long_work, repository, prefix, std::move(work), std::move(request));
}

Result<std::string> Tasks::start_short(const version::Repository& repository, std::string_view prefix,
                                       Work work) {
  return start_on(impl_->short_work, repository, prefix, std::move(work), {});
}

Result<std::string> Tasks::start_on(WorkQueue& queue, const version::Repository& repository,
                                    std::string_view prefix, Work work, std::string request) {
  impl_->prune(repository, prefix);
  StoredTask stored;
  stored.record.id = std::string(prefix) + impl_->xids.next();
  stored.record.updated_at = impl_->clock.now();
  stored.record.owner = impl_->owner;
  const std::string key = prefix_of(repository) + stored.record.id;
  const std::string running_key = std::string(kRunning) + repository.instance_uid + "/" + stored.record.id;
  const auto task = std::make_shared<Impl::Running>(*impl_, key, running_key, !request.empty());
  const kv::Write writes[] = {
      kv::Write::put(key, encode_task(stored), kv::Condition::absent()),
      kv::Write::put(running_key, encode_running({key, impl_->owner, 1, std::move(request)})),
  };
  RETURN_IF_ERROR(impl_->begin(queue, task, std::move(work), writes));
  return stored.record.id;
}

Result<TaskRecord> Tasks::get(const version::Repository& repository, std::string_view id) const {
  if (id.empty() || id.size() > kMaxIdBytes) return Error{Code::not_found, "not found"};
  ASSIGN_OR_RETURN(const auto stored, impl_->state.get(prefix_of(repository) + std::string(id)));
  if (!stored) return Error{Code::not_found, "not found"};
  ASSIGN_OR_RETURN(StoredTask task, decode_task(*stored));
  if (!task.record.done) {
    std::lock_guard lock(impl_->mutex);
    const auto found = impl_->running.find(prefix_of(repository) + std::string(id));
    if (found != impl_->running.end())
      task.record.progress = std::max(task.record.progress, found->second->progress());
  }
  return std::move(task.record);
}

Status Tasks::cancel(const version::Repository& repository, std::string_view id) {
  if (id.empty() || id.size() > kMaxIdBytes) return Error{Code::not_found, "not found"};
  const std::string key = prefix_of(repository) + std::string(id);
  RETURN_IF_ERROR(update(impl_->state, key, [&](StoredTask& task) -> Result<bool> {
    if (task.record.done && task.record.error) return false;
    if (task.record.done || task.in_last_step) return Error{Code::conflict, "conflict found"};
    task.record.done = true;
    task.record.updated_at = impl_->clock.now();
    task.record.error = canceled();
    return true;
  }));
  std::lock_guard lock(impl_->mutex);
  if (const auto found = impl_->running.find(key); found != impl_->running.end()) found->second->stop();
  return {};
}

Status Tasks::Impl::fail(const std::string& key, const std::string& running_key, const Error& why) {
  auto failed = update(state, key, [&](StoredTask& task) -> Result<bool> {
    if (task.record.done) return false;
    task.record.done = true;
    task.record.updated_at = clock.now();
    task.record.error = why;
    return true;
  });
  if (!failed && failed.error().code != Code::not_found) return failed;
  return kv::erase(state, running_key);
}

Status Tasks::Impl::recover_one(const std::string& running_key, RunningTask found, const Again& again) {
  ASSIGN_OR_RETURN(const auto stored, state.get(found.task_key));
  if (!stored) return kv::erase(state, running_key);  // its repository is gone
  ASSIGN_OR_RETURN(StoredTask task, decode_task(*stored));
  if (task.record.done || found.request.empty()) return fail(found.task_key, running_key, interrupted());
  if (found.starts >= kMostStarts) {
    return fail(found.task_key, running_key,
                {Code::cancelled, "interrupted by a restart, " + std::to_string(found.starts) + " times"});
  }
  auto work = again(found.request);
  if (!work) {
    if (work.error().code == Code::unavailable) return std::move(work).error();
    return fail(found.task_key, running_key, work.error());
  }

  task.in_last_step = false;
  task.record.owner = owner;
  task.record.progress = 0;
  task.record.updated_at = clock.now();
  const std::string key = found.task_key;
  found.owner = owner;
  ++found.starts;
  const kv::Write writes[] = {
      kv::Write::put(key, encode_task(task), kv::Condition::equals(*stored)),
      kv::Write::put(running_key, encode_running(found)),
  };
  log::info("a task is begun again", {{"task", key}});
  auto begun =
      begin(long_work, std::make_shared<Running>(*this, key, running_key, true), *std::move(work), writes);
  // Another server has it, or somebody cancelled it: then it is theirs to finish.
  if (!begun && begun.error().code == Code::conflict) return {};
  return begun;
}

Status Tasks::recover(const Again& again) {
  std::vector<std::pair<std::string, RunningTask>> interrupted_tasks;
  const auto cursor = impl_->state.scan(kRunning);
  for (; cursor->valid(); cursor->next()) {
    ASSIGN_OR_RETURN(RunningTask found, decode_running(cursor->value()));
    if (found.owner != impl_->owner) interrupted_tasks.emplace_back(cursor->key(), std::move(found));
  }
  RETURN_IF_ERROR(cursor->status());
  for (auto& [running_key, found] : interrupted_tasks)
    RETURN_IF_ERROR(impl_->recover_one(running_key, std::move(found), again));
  return {};
}

void Tasks::drain() {
  std::unique_lock lock(impl_->mutex);
  impl_->draining = true;
  for (const auto& [key, task] : impl_->running) task->stop();
  impl_->idle.wait(lock, [&] { return impl_->running.empty(); });
}

}  // namespace mere::lake
