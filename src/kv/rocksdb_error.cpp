#include "kv/rocksdb_error.h"

#include <rocksdb/status.h>

namespace mere::kv {
namespace {

Code code_of(const rocksdb::Status& status) {
  using Rocks = rocksdb::Status;
  if (status.subcode() == Rocks::kNoSpace || status.subcode() == Rocks::kSpaceLimit) return Code::no_space;
  switch (status.code()) {
    case Rocks::kIOError:
      return Code::io_error;
    case Rocks::kCorruption:
      return Code::corrupt;
    case Rocks::kBusy:
    case Rocks::kTimedOut:
    case Rocks::kTryAgain:
    case Rocks::kIncomplete:
    case Rocks::kAborted:
    case Rocks::kShutdownInProgress:
      return Code::unavailable;
    // Written by a later RocksDB, or by another program.
    case Rocks::kNotSupported:
      return Code::corrupt;
    default:
      return Code::internal;
  }
}

}  // namespace

Error to_error(std::string_view doing, const rocksdb::Status& status) {
  std::string message(doing);
  message += ": ";
  message += status.ToString();
  const Code code = code_of(status);
  if (code == Code::no_space) message += " (free some space: writes go on by themselves)";
  if (code == Code::io_error) message += " (see to the disk: once it works, writes go on by themselves)";
  return {code, std::move(message)};
}

}  // namespace mere::kv
