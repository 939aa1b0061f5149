#include "block/parallel_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

#include "block/key_between.h"
#include "block/key_range.h"

namespace mere::block {
namespace {

class ParallelList {
 public:
  ParallelList(const Store& store, const ParallelListOptions& options,
               const std::function<Status(std::vector<Listed>)>& take)
      : store_(store), options_(options), take_(take) {}

  Status run(const Address& folder) {
    waiting_.push_back({folder});
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 1; i < options_.threads; ++i) threads.emplace_back([this] { work(); });
      work();
    }
    if (failure_) return *failure_;
    return {};
  }

 private:
  // A folder, or a range of its keys.
  struct Work {
    Address folder;
    std::optional<KeyRange::Begin> range{};
  };

  // Until nothing waits and nobody may find more.
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      std::shared_ptr<KeyRange> range;
      changed_.wait(lock, [&] {
        if (!waiting_.empty() || failure_) return true;
        range = claim_range();
        return range != nullptr || busy_ == 0;
      });
      if (failure_ || (waiting_.empty() && range == nullptr)) {
        if (range) range->release(false);
        return;
      }
      std::optional<Work> next;
      if (range == nullptr) {
        next = std::move(waiting_.back());  // the deepest: so few wait
        waiting_.pop_back();
      }
      ++busy_;
      lock.unlock();
      Status listed;
      if (range != nullptr) {
        auto cut = cut_off(*range);
        range->release(cut && *cut);
        if (cut) next = *std::move(cut);
        if (!cut) listed = std::move(cut).error();
      }
      if (next) listed = list(*next);
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
  std::shared_ptr<KeyRange> claim_range() const {
    for (const auto& range : ranges_)
      if (range->claim()) return range;
    return nullptr;
  }

  std::shared_ptr<KeyRange> begin_range(KeyRange::Begin begin) {
    auto range = std::make_shared<KeyRange>(std::move(begin));
    {
      std::lock_guard lock(mutex_);
      ranges_.push_back(range);
    }
    changed_.notify_one();
    return range;
  }
  void end_range(const std::shared_ptr<KeyRange>& range) {
    range->finish();
    std::lock_guard lock(mutex_);
    ranges_.remove(range);
  }

  // Half of what is left of a range, found by asking what is behind likely keys. Where nothing is, the range
  // ends earlier than was known.
  Result<std::optional<Work>> cut_off(KeyRange& range) {
    constexpr int kMaxQuestions = 32;
    for (int i = 0; i < kMaxQuestions && !failed_.load(std::memory_order_relaxed); ++i) {
      const auto left = range.left();
      if (!left) break;
      // Of the end of all only the folder's is known at first, far behind the last key.
      std::optional<std::string> key;
      if (!left->is_end_known) key = behind_common_prefix(left->first, left->position);
      const bool tells_end = key && *key > left->position && *key < left->until;
      if (!tells_end) key = key_between(left->position, left->until);
      if (!key) break;
      std::optional<std::string> behind;
      RETURN_IF_ERROR(
          store_.list(range.folder(), {.hidden = options_.hidden, .after = *key}, [&](const Listed& object) {
            behind = object.address.uri;
            return false;
          }));
      if (!behind || *behind > left->until) {
        range.end_at(*key, tells_end);
      } else if (auto rest = range.cut_at(*key)) {
        return std::optional(Work{range.folder(), *std::move(rest)});
      }
    }
    return std::optional<Work>();
  }

  // The first objects tell whether a folder is split, and how.
  Status list(const Work& work) {
    std::vector<Listed> batch;
    std::size_t seen = 0;
    bool split = false;
    bool deciding = options_.threads > 1 && !work.range;
    Status stopped;
    std::shared_ptr<KeyRange> range = work.range ? begin_range(*work.range) : nullptr;
    const auto visit = [&](const Listed& object) {
      if (range != nullptr) {
        const KeyRange::Step step = range->advance(object.address.uri);
        if (step == KeyRange::Step::out_of_order) stopped = out_of_order(work.folder);
        if (step != KeyRange::Step::inside) return false;
      }
      batch.push_back(object);
      if (++seen % options_.sample == 0 && range != nullptr) changed_.notify_one();
      if (deciding && seen == options_.sample) {
        deciding = false;
        split = is_worth_splitting(work.folder, batch);
        if (split) return false;
        if (options_.by_key && store_.capabilities(work.folder.storage_id).lists_by_key && is_in_order(batch))
          range = begin_range({.folder = work.folder,
                               .first = batch.front().address.uri,
                               .after = object.address.uri,
                               .until = end_of(work.folder),
                               .seen = seen,
                               .ripe_at = options_.sample});
      }
      if (!deciding && batch.size() >= options_.batch) stopped = hand_over(batch);
      return stopped.has_value() && !failed_.load(std::memory_order_relaxed);
    };
    Status listed = store_.list(
        work.folder, {.hidden = options_.hidden, .after = work.range ? work.range->after : std::string()},
        visit);
    if (range != nullptr) end_range(range);
    RETURN_IF_ERROR(std::move(stopped));
    RETURN_IF_ERROR(std::move(listed));
    if (split) return split_up(work.folder);
    return hand_over(batch);
  }

  static bool is_in_order(const std::vector<Listed>& sample) {
    return std::ranges::is_sorted(sample, {}, [](const Listed& each) { return each.address.uri; });
  }
  // Behind all keys of a folder.
  static std::string end_of(const Address& folder) {
    std::string end = folder.uri;
    if (!end.ends_with('/')) end += '/';
    end.back() = '/' + 1;
    return end;
  }
  static Error out_of_order(const Address& folder) {
    return {Code::unavailable,
            fmt::format("the store does not list {} in the order of its keys, which it did at first",
                        folder.uri)};
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
        waiting_.push_back({folder});
        changed_.notify_one();
        return {};
      }
    }
    return list({folder});
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
  std::deque<Work> waiting_;
  std::list<std::shared_ptr<KeyRange>> ranges_;  // that are being listed
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
