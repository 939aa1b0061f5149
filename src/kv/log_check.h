// Is the write-ahead log whole, but for its end?
//
// A crash may tear the end of the log: what was under way, and was not acknowledged. RocksDB then replays
// up to the tear (kPointInTimeRecovery). It does the same where the damage is in the middle, and drops
// all behind it, though that had been synced and acknowledged. The two are told apart by what follows:
// all writes are numbered without a gap, so an intact one behind a gap says that some are gone.
// RocksDB's kTolerateCorruptedTailRecords is no help: it refuses a last record whose pages did not all
// reach the disk, which is a torn end, and passes over zeroed pages in the middle.
#pragma once

#include <rocksdb/options.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "kv/log_file.h"

namespace mere::kv {

// Sees the logs go by, in order (log_file.h), and says whether a write is missing.
class LogCheck {
 public:
  // Asks the database which logs opening would replay, and from which write on; changes nothing. A database
  // that is not there, or that cannot be read for another reason, is left to opening it: nothing is missing.
  LogCheck(const std::string& folder, const rocksdb::Options& options);

  void see(const LogFile& file, const LoggedWrites& writes);
  // Errors: corrupt, with what to do.
  Status verdict() const;

 private:
  std::optional<std::uint64_t> oldest_;  // log that opening would replay
  std::uint64_t next_ = 0;               // the number of the write that comes next
  std::uint64_t missing_ = 0;
  std::string where_;  // the log behind the first gap
};

}  // namespace mere::kv
