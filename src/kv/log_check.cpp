#include "kv/log_check.h"

#include <rocksdb/db.h>
#include <rocksdb/wal_filter.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>

namespace mere::kv {
namespace {

// Hears which logs opening would replay, and keeps them from being replayed.
class Listener final : public rocksdb::WalFilter {
 public:
  const char* Name() const override { return "mere.Listener"; }
  void ColumnFamilyLogNumberMap(const std::map<std::uint32_t, std::uint64_t>& logs,
                                const std::map<std::string, std::uint32_t>&) override {
    for (const auto& [family, log] : logs) oldest_log_ = std::min(oldest_log_.value_or(log), log);
  }
  WalProcessingOption LogRecordFound(unsigned long long, const std::string&, const rocksdb::WriteBatch&,
                                     rocksdb::WriteBatch*, bool*) override {
    return WalProcessingOption::kStopReplay;
  }

  // None if there is no log.
  std::optional<std::uint64_t> oldest_log() const { return oldest_log_; }

 private:
  std::optional<std::uint64_t> oldest_log_;
};

}  // namespace

LogCheck::LogCheck(const std::string& folder, const rocksdb::Options& options) {
  Listener listener;
  rocksdb::Options reading = options;
  reading.create_if_missing = false;
  reading.wal_recovery_mode = rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
  reading.wal_filter = &listener;
  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::OpenForReadOnly(reading, folder, &opened).ok()) return;
  // First after the tables, then after what was seen.
  next_ = opened->GetLatestSequenceNumber() + 1;
  delete opened;
  oldest_ = listener.oldest_log();
}

void LogCheck::see(const LogFile& file, const LoggedWrites& writes) {
  if (!oldest_ || file.number < *oldest_) return;
  if (!where_.empty() && where_ != file.path) return;  // said already
  if (writes.first > next_) {
    missing_ += writes.first - next_;
    where_ = file.path;
  }
  next_ = writes.first + writes.count;
}

Status LogCheck::verdict() const {
  if (missing_ == 0) return {};
  return Error{Code::corrupt,
               "the log of changes is damaged: acknowledged writes (" + std::to_string(missing_) +
                   ") cannot be read in " + where_ +
                   " or before it. Restore the folder from a backup; or, to go on without them and all "
                   "that was written after them, start once with --set database.local.cut_damaged_log=true"};
}

}  // namespace mere::kv
