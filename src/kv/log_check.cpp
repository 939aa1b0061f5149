#include "kv/log_check.h"

#include <rocksdb/db.h>
#include <rocksdb/wal_filter.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>

#include "kv/log_file.h"

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

// By number, oldest first.
std::map<std::uint64_t, std::string> logs_from(std::uint64_t oldest, const std::string& folder) {
  std::map<std::uint64_t, std::string> logs;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    if (entry.path().extension() != ".log") continue;
    const std::uint64_t number = std::strtoull(entry.path().stem().c_str(), nullptr, 10);
    if (number >= oldest) logs.emplace(number, entry.path());
  }
  return logs;
}

}  // namespace

Status check_log(const std::string& folder, const rocksdb::Options& options) {
  Listener listener;
  rocksdb::Options reading = options;
  reading.create_if_missing = false;
  reading.wal_recovery_mode = rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
  reading.wal_filter = &listener;
  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::OpenForReadOnly(reading, folder, &opened).ok()) return {};
  // The number of the write that comes next: first after the tables, then after what was read.
  std::uint64_t next = opened->GetLatestSequenceNumber() + 1;
  delete opened;
  if (!listener.oldest_log()) return {};

  for (const auto& [number, file] : logs_from(*listener.oldest_log(), folder)) {
    std::uint64_t missing = 0;
    RETURN_IF_ERROR(for_each_logged(file, [&](LoggedWrites writes) {
      if (writes.first > next) missing += writes.first - next;
      next = writes.first + writes.count;
    }));
    if (missing == 0) continue;
    return Error{
        Code::corrupt,
        "the log of changes is damaged: acknowledged writes (" + std::to_string(missing) +
            ") cannot be read in " + file +
            " or before it. Restore the folder from a backup; or, to go on without them and all "
            "that was written after them, start once with --set database.local.cut_damaged_log=true"};
  }
  return {};
}

}  // namespace mere::kv
