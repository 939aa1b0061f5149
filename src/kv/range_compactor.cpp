#include "kv/range_compactor.h"

#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/table_properties.h>

#include "base/log.h"

namespace mere::kv {

RangeCompactor::RangeCompactor(rocksdb::DB& db) : db_(db) {
  // Those of earlier processes are forgotten but for their sum.
  if (marks_in_files() >= kKept) thread_ = std::thread([this] { work(); });
}

RangeCompactor::~RangeCompactor() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void RangeCompactor::add(std::string begin, std::string end) {
  std::lock_guard lock(mutex_);
  erased_.emplace_back(std::move(begin), std::move(end));
  if (erased_.size() < kKept) return;
  if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
  changed_.notify_one();
}

std::uint64_t RangeCompactor::marks_in_files() const {
  rocksdb::TablePropertiesCollection tables;
  if (!db_.GetPropertiesOfAllTables(&tables).ok()) return 0;  // reads will say what is wrong
  std::uint64_t marks = 0;
  for (const auto& [name, properties] : tables) marks += properties->num_range_deletions;
  return marks;
}

void RangeCompactor::work() {
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;  // the usual compactions go on
  options.canceled = &closing_;
  // The last level too: a compaction that only moves files brings marks there, and leaves them.
  rocksdb::CompactRangeOptions whole = options;
  whole.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  const auto compact = [this](const rocksdb::CompactRangeOptions& how, const rocksdb::Slice* begin,
                              const rocksdb::Slice* end) {
    const rocksdb::Status status = db_.CompactRange(how, begin, end);
    if (!status.ok() && !closing_)
      log::warn("an erased range was not compacted", {{"error", status.ToString()}});
  };

  if (marks_in_files() >= kKept) compact(whole, nullptr, nullptr);
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return closing_ || erased_.size() >= kKept; });
    if (closing_) return;
    const auto ranges = std::exchange(erased_, {});
    lock.unlock();
    for (const auto& [begin, end] : ranges) {
      const rocksdb::Slice first(begin), last(end);
      if (!closing_) compact(options, &first, &last);
    }
    if (!closing_ && marks_in_files() >= kKept) compact(whole, nullptr, nullptr);
    lock.lock();
  }
}

}  // namespace mere::kv
