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

#include <string>

#include "base/result.h"

namespace mere::kv {

// Reads the logs that opening would replay, and changes nothing. Errors: corrupt, with what to do.
// A database that is not there, or that cannot be read for another reason, is left to opening it.
Status check_log(const std::string& folder, const rocksdb::Options& options);

}  // namespace mere::kv
