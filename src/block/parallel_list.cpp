#include "block/parallel_list.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>

namespace mere::block {
namespace {

class ParallelList {
 public:
  ParallelList(const Store& store, const ParallelListOptions& options,
               const std::function<Status(std::vector<Listed>)>& take)
      : store_(store), options_(options), take_(take) {}

  Status run(const Address& folder) {
    waiting_.push_back(folder);
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 1; i < options_.threads; ++i) threads.emplace_back([this] { work(); });
      work();
    }
    if (failure_) return *failure_;
    return {};
  }

 private:
  // Until no folder waits and nobody may find another.
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return !waiting_.empty() || busy_ == 0 || failure_; });
      if (waiting_.empty() || failure_) return;
      const Address folder = std::move(waiting_.back());  // the deepest: so few wait
      waiting_.pop_back();
      ++busy_;
      lock.unlock();
      Status listed = list(folder);
      lock.lock();
      --busy_;
      if (!listed) note(std::move(listed).error());
      if (busy_ == 0 || failure_) changed_.notify_all();
    }
  }

  // Under the lock.
  void note(Error error) {
    if (!failure_) failure_ = std::move(error);
    failed_.store(true, std::memory_order_relaxed);
  }

  // The first objects tell whether it is split.
  Status list(const Address& folder) {
    std::vector<Listed> batch;
    std::size_t seen = 0;
    bool split = false;
    const bool may_split = options_.threads > 1;
    Status stopped;
    Status listed = store_.list(folder, {.hidden = options_.hidden}, [&](const Listed& object) {
      batch.push_back(object);
      if (++seen == options_.sample && may_split && is_worth_splitting(folder, batch)) {
        split = true;
        return false;
      }
      const bool deciding = may_split && seen < options_.sample;
      if (!deciding && batch.size() >= options_.batch) stopped = hand_over(batch);
      return stopped.has_value() && !failed_.load(std::memory_order_relaxed);
    });
    RETURN_IF_ERROR(std::move(stopped));
    RETURN_IF_ERROR(std::move(listed));
    if (split) return split_up(folder);
    return hand_over(batch);
  }

  bool is_worth_splitting(const Address& folder, const std::vector<Listed>& sample) const {
    const std::size_t base = folder.uri.size() + (folder.uri.ends_with('/') ? 0 : 1);
    std::size_t folders = 0, inside = 0;
    std::string_view last;
    for (const Listed& object : sample) {
      const std::string_view uri = object.address.uri;
      const std::size_t slash = uri.find('/', base);
      if (slash == uri.npos) continue;
      ++inside;
      const std::string_view name = uri.substr(base, slash - base);
      if (folders == 0 || name != last) ++folders;
      last = name;
    }
    return folders > 0 && inside / folders >= options_.objects_per_folder;
  }

  // One level: its objects, and its folders for whoever is free.
  Status split_up(const Address& folder) {
    std::vector<Listed> batch;
    Status stopped;
    Status listed =
        store_.list(folder, {.delimited = true, .hidden = options_.hidden}, [&](const Listed& entry) {
          if (entry.is_folder) {
            stopped = give_away(entry.address);
          } else {
            batch.push_back(entry);
            if (batch.size() >= options_.batch) stopped = hand_over(batch);
          }
          return stopped.has_value() && !failed_.load(std::memory_order_relaxed);
        });
    RETURN_IF_ERROR(std::move(stopped));
    RETURN_IF_ERROR(std::move(listed));
    return hand_over(batch);
  }

  Status give_away(const Address& folder) {
    {
      std::lock_guard lock(mutex_);
      if (waiting_.size() < options_.waiting_folders) {
        waiting_.push_back(folder);
        changed_.notify_one();
        return {};
      }
    }
    return list(folder);
  }

  Status hand_over(std::vector<Listed>& batch) {
    if (batch.empty()) return {};
    return take_(std::exchange(batch, {}));
  }

  const Store& store_;
  const ParallelListOptions& options_;
  const std::function<Status(std::vector<Listed>)>& take_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Address> waiting_;
  std::size_t busy_ = 0;
  std::optional<Error> failure_;
  std::atomic<bool> failed_{false};
};

}  // namespace

Status list_in_parallel(const Store& store, const Address& folder, const ParallelListOptions& options,
                        const std::function<Status(std::vector<Listed>)>& take) {
  return ParallelList(store, options, take).run(folder);
}

}  // namespace mere::block
