#include "lake/tasks.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "lake/task_record.h"
#include "version/keys.h"

namespace mere::lake {
namespace {

// Which tasks run, so that a restart finds them without a walk over all repositories:
// "running-tasks/<instance uid>/<task id>" → the task's own key, '\n', the owner.
constexpr std::string_view kRunning = "running-tasks/";
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

  Impl(kv::Store& task_state, const Clock& task_clock, Random& random, WorkQueue& task_queue)
      : state(task_state),
        clock(task_clock),
        queue(task_queue),
        xids(task_clock, random),
        owner(xids.next()) {}

  kv::Store& state;
  const Clock& clock;
  WorkQueue& queue;
  XidGenerator xids;
  const std::string owner;

  std::mutex mutex;
  std::condition_variable idle;
  std::map<std::string, std::shared_ptr<Running>> running;  // by key
  bool draining = false;

  void run(const std::shared_ptr<Running>& task,
           const std::function<Result<std::string>(TaskContext&)>& work);
  void prune(const version::Repository& repository, std::string_view prefix);
};

class Tasks::Impl::Running final : public TaskContext {
 public:
  Running(Impl& tasks, std::string key, std::string running_key)
      : tasks_(tasks),
        key_(std::move(key)),
        running_key_(std::move(running_key)),
        stored_at_(tasks.clock.steady()) {}

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
  void stop() { cancelled_.store(true, std::memory_order_relaxed); }
  std::int64_t progress() const { return progress_.load(std::memory_order_relaxed); }
  const std::string& key() const { return key_; }
  const std::string& running_key() const { return running_key_; }

 private:
  Impl& tasks_;
  const std::string key_;
  const std::string running_key_;
  std::atomic<bool> cancelled_{false};
  std::atomic<std::int64_t> progress_{0};
  std::mutex mutex_;
  std::chrono::steady_clock::time_point stored_at_;
};

void Tasks::Impl::run(const std::shared_ptr<Running>& task,
                      const std::function<Result<std::string>(TaskContext&)>& work) {
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
    if (draining && !outcome && outcome.error().code == Code::cancelled) outcome = interrupted();
  }

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

  std::lock_guard lock(mutex);
  running.erase(task->key());
  idle.notify_all();
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

Tasks::Tasks(kv::Store& state, const Clock& clock, Random& random, WorkQueue& queue)
    : impl_(std::make_shared<Impl>(state, clock, random, queue)) {}

Tasks::~Tasks() {
  drain();
}

Result<std::string> Tasks::start(const version::Repository& repository, std::string_view prefix,
                                 std::function<Result<std::string>(TaskContext&)> work) {
  impl_->prune(repository, prefix);
  StoredTask stored;
  stored.record.id = std::string(prefix) + impl_->xids.next();
  stored.record.updated_at = impl_->clock.now();
  stored.record.owner = impl_->owner;
  const std::string key = prefix_of(repository) + stored.record.id;
  const std::string running_key = std::string(kRunning) + repository.instance_uid + "/" + stored.record.id;
  auto task = std::make_shared<Impl::Running>(*impl_, key, running_key);
  {
    std::lock_guard lock(impl_->mutex);
    if (impl_->draining) return Error{Code::unavailable, "the server is shutting down"};
    impl_->running.emplace(key, task);
  }

  const kv::Write writes[] = {
      kv::Write::put(key, encode_task(stored), kv::Condition::absent()),
      kv::Write::put(running_key, key + "\n" + impl_->owner),
  };
  if (auto written = impl_->state.write(writes); !written) {
    std::lock_guard lock(impl_->mutex);
    impl_->running.erase(key);
    impl_->idle.notify_all();
    return std::move(written).error();
  }
  impl_->queue.submit([impl = impl_, task, work = std::move(work)] { impl->run(task, work); });
  return stored.record.id;
}

Result<TaskRecord> Tasks::get(const version::Repository& repository, std::string_view id) const {
  if (id.empty() || id.size() > kMaxIdBytes) return Error{Code::not_found, "not found"};
  ASSIGN_OR_RETURN(const auto stored, impl_->state.get(prefix_of(repository) + std::string(id)));
  if (!stored) return Error{Code::not_found, "not found"};
  ASSIGN_OR_RETURN(StoredTask task, decode_task(*stored));
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

Status Tasks::fail_interrupted() {
  const auto cursor = impl_->state.scan(kRunning);
  for (; cursor->valid(); cursor->next()) {
    const std::string_view value = cursor->value();
    const std::size_t newline = value.rfind('\n');
    if (newline == std::string_view::npos) return Error{Code::corrupt, "stored running task does not parse"};
    if (value.substr(newline + 1) == impl_->owner) continue;
    auto failed =
        update(impl_->state, std::string(value.substr(0, newline)), [&](StoredTask& task) -> Result<bool> {
          if (task.record.done) return false;
          task.record.done = true;
          task.record.updated_at = impl_->clock.now();
          task.record.error = interrupted();
          return true;
        });
    if (!failed && failed.error().code != Code::not_found) return failed;
    RETURN_IF_ERROR(kv::erase(impl_->state, std::string(cursor->key())));
  }
  return cursor->status();
}

void Tasks::drain() {
  std::unique_lock lock(impl_->mutex);
  impl_->draining = true;
  for (const auto& [key, task] : impl_->running) task->stop();
  impl_->idle.wait(lock, [&] { return impl_->running.empty(); });
}

}  // namespace mere::lake
