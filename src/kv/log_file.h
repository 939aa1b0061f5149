// The records of one write-ahead log file, read past damage.
//
//   file:   blocks of 32 KiB; a fragment does not cross their ends, a last 0 to 6 bytes are zeroes
//   fragment: | masked CRC-32C of type and data u32 LE | size u16 LE | type u8 | data |
//   type:   1 a whole record, 2 its first, 3 a middle, 4 its last fragment (RocksDB db/log_format.h)
//   record: | number of its first write u64 LE | writes u32 LE | … (RocksDB db/write_batch.cc)
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mere::kv {

// The writes that a record holds: `count` of them, numbered from `first` on.
struct LoggedWrites {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  std::string_view record;  // whole, as a rocksdb::WriteBatch takes it; holds during the call
};

struct LogFile {
  std::uint64_t number = 0;
  std::string path;
};
// The logs in a folder, oldest first; none where it cannot be read.
std::vector<LogFile> logs_in(const std::string& folder);

// Calls `visit` with each intact record, in order; what is damaged is passed over, and looked through for
// the next intact fragment, as RocksDB does not. Holds a block and a record. Errors: io_error.
Status for_each_logged(const std::string& file, const std::function<void(LoggedWrites)>& visit);

}  // namespace mere::kv
