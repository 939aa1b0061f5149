// Group commit with conditions: the one door through which writes reach RocksDB.
//
// Writers queue. The first in the queue leads: it takes those that wait behind it as a group, checks
// their conditions in order, each against the store and what the group wrote before it, puts the writes
// of those that hold into one RocksDB batch, syncs once, and wakes them all. Meanwhile others queue.
//
// Why not a lock per key held across RocksDB's own group commit: writers that race for one key (a
// branch head) would each wait for an fsync of their own, and an unconditional write would have to take
// the lock as well or slip between another's check and its write. Here a group has one order, so there is
// nothing to slip between, and sixteen writers on one key cost one fsync, as on sixteen keys.
//
// Writers that are told later do not wait here, so that none of them may be there to lead: whoever led the
// group before has a thread of this class's own lead then. To put a thread to sleep and to wake it costs more
// than the rest of a small write.
//
// Why not write first and sync after: readers would see what a crash may take back, and act on it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "kv/recent_reads.h"
#include "kv/rocksdb_database.h"
#include "kv/store.h"

namespace rocksdb {
class WriteBatch;
}

namespace mere::kv {

// Any thread may call any method.
class RocksDbWriter {
 public:
  // `database` and `recent` outlive the writer, and what `options` name does.
  RocksDbWriter(RocksDbDatabase& database, RecentReads& recent, const RocksDbOptions& options)
      : database_(database),
        recent_(recent),
        sync_writes_(options.sync_writes),
        shared_log_(options.shared_log) {}
  ~RocksDbWriter();  // waits for those to be told; syncs `ordered` writes that no synced one followed

  // `writes` fulfil check_writes().
  Status write(std::span<const Write> writes, Durability durability);
  void write_later(std::vector<Write> writes, Durability durability, std::function<void(Status)> told);
  // Erases the keys in [begin, end), on disk when it returns.
  Status erase_range(std::string_view begin, std::string_view end);

 private:
  struct Request;
  using Group = std::vector<Request*>;

  Status run(Request& request);
  enum class Leader { writer, helper };
  // Commits the group whose turn it is. With mutex_, which is free afterwards. True: nobody who waits here is
  // next.
  bool lead(std::unique_lock<std::mutex>& lock, Leader leader);
  void help();
  // noexcept: out of memory here must stop the process, for the group would wait for ever.
  Group take_group() const noexcept;
  void commit(const Group& group) noexcept;
  Status write_batch(rocksdb::WriteBatch& batch, bool sync);
  Status sync_log();
  Status recover();

  RocksDbDatabase& database_;
  RecentReads& recent_;
  const bool sync_writes_;
  SharedLog* const shared_log_;  // or null
  std::mutex mutex_;
  std::deque<Request*> queue_;  // the first leads
  std::condition_variable help_needed_;
  bool needs_help_ = false;  // the first in the queue does not wait here, and nobody leads
  bool closing_ = false;
  std::thread helper_;  // started by the first that is told later
  // Of the leader alone:
  bool unsynced_ = false;         // the log has something since it was last synced
  std::optional<Error> failure_;  // of a write; none goes on before the database is opened again
  std::chrono::steady_clock::time_point recover_at_{};
};

}  // namespace mere::kv
