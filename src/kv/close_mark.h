// A mark in a store's folder: it was closed with nothing outstanding.
//
// Then all writes are in tables, and what the log carried for others (base/shared_log.h) is durable without
// it. Whoever opens the store next need not read its logs, nor sync a file system on which other programs
// may have written much. The mark stands only while the store is closed.
//
// file: | "Mere closed this store with nothing outstanding\n" | the mark itself | manifest | places |
//       each of the three with its size in decimal and a newline before it
//
// It is believed if it says exactly what is found, so that no other mark than that of the last closing is:
//   the mark itself  its inode and the time of its birth: a copy, or one from a backup, has others
//   manifest         RocksDB begins a new one whenever it opens a store, whoever opened it: an earlier Mere
//                    that knows of no marks, or one that died before it had removed this one
//   places           of the riders of the log: they settled, and no others
#pragma once

#include <string>

#include "base/result.h"

namespace rocksdb {
class Env;
}

namespace mere::kv {

// The store in `folder` is closed, its writes are in tables, and the riders at `places` have settled after
// the last record was given. Durable when it returns. Errors: io_error, no_space; there may be a part of a
// mark, which is not believed.
Status leave_close_mark(rocksdb::Env& env, const std::string& folder, const std::string& places);

// Whether there is a mark to believe. None is there afterwards, through a power failure too, so that the
// store may be written to. Errors: io_error; the store must not be opened, since the mark may be back.
Result<bool> take_close_mark(rocksdb::Env& env, const std::string& folder, const std::string& places);

}  // namespace mere::kv
