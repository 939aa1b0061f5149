// Write-ahead logs in files that have their size before they are written to.
//
// A sync of a file that grew must also write its inode, and on a file system with a journal waits for a
// commit of that, and with it for all files that were made meanwhile. Where the bytes are in place already,
// as zeroes, a sync writes those that changed and nothing else. RocksDB's own preallocation leaves the size.
//
// A crash leaves zeroes at the end of a log. RocksDB takes them for space that nothing was written to
// (kZeroType in db/log_format.h), as kv/log_file.h does.
#pragma once

namespace rocksdb {
class Env;
}

namespace mere::kv {

// The default environment but for its logs. Lives as long as the process.
rocksdb::Env* env_with_log_space();

}  // namespace mere::kv
