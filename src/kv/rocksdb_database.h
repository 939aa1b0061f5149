// The open RocksDB database, which can be closed and opened again beneath its users.
//
// After a write to its log has failed (a full disk, mostly) RocksDB 7.8 tries to go on by itself, and
// where the failed write was the first of a new log it goes on with the broken one: as packaged by
// Debian, with assertions, it then stops the process. So a database that has refused a write is not
// written to again: it is opened anew, which is what RocksDB is best tested to do after a failure.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>

#include "base/disk_faults.h"
#include "base/fd.h"
#include "base/result.h"
#include "kv/early_settler.h"
#include "kv/range_compactor.h"
#include "kv/store.h"

namespace rocksdb {
class DB;
class Env;
struct Options;
}  // namespace rocksdb

namespace mere::kv {

// Any thread may call any method.
class RocksDbDatabase {
 public:
  // Errors: as of open_rocksdb_store(). `faults`: of a disk that fails on purpose (kv/failing_store.h), or
  // null.
  static Result<std::unique_ptr<RocksDbDatabase>> open(const RocksDbOptions& options, DiskFaults* faults);
  ~RocksDbDatabase();

  // The database stays open while a Use stands. One at a time for a thread.
  class Use {
   public:
    rocksdb::DB& operator*() const { return *database_.db_; }
    rocksdb::DB* operator->() const { return database_.db_.get(); }

   private:
    friend class RocksDbDatabase;
    explicit Use(const RocksDbDatabase& database) : lock_(database.mutex_), database_(database) {}
    std::shared_lock<std::shared_mutex> lock_;
    const RocksDbDatabase& database_;
  };
  // Errors: why it could not be opened again.
  Result<Use> use() const;

  // Counts those who need the database longer than a Use should stand; taken while one does.
  class Stay {
   public:
    explicit Stay(const Use& use) : count_(use.database_.stays_) { ++count_; }
    ~Stay() { --count_; }
    Stay(const Stay&) = delete;
    Stay& operator=(const Stay&) = delete;

   private:
    std::atomic<int>& count_;
  };

  // Closes and opens it, unless the disk has no room for that. Errors: `unavailable` while a Stay stands;
  // no_space; as of open().
  Status reopen();

  // So many bytes of RocksDbOptions::shared_log went to the write-ahead log. Before that grows too long the
  // log is made superfluous: its riders settle, its writes go to tables.
  void carried(std::size_t bytes);

  // [begin, end) has been erased with DeleteRange.
  void erased(std::string begin, std::string end) const;

 private:
  RocksDbDatabase(const RocksDbOptions& options, Fd lock, DiskFaults* faults);
  Status open_now();  // under mutex_, or before others know of this
  Status recover(const rocksdb::Options& options);
  rocksdb::Env* env() const;
  Status close();  // so that the next start has nothing to do

  class Settler;

  const RocksDbOptions options_;
  const Fd lock_;                    // of the folder; goes last
  mutable std::shared_mutex mutex_;  // held alone while the database is closed and opened
  mutable std::atomic<int> stays_{0};
  bool reopened_ = false;              // after a failure: what is outstanding is not known so well any more
  std::shared_ptr<Settler> settler_;   // null without a shared log
  std::unique_ptr<rocksdb::Env> env_;  // of a disk that fails, else null; goes after db_
  std::unique_ptr<rocksdb::DB> db_;    // null after a reopen() that failed, for the reason in closed_
  Error closed_;
  std::unique_ptr<RangeCompactor> compactor_;    // goes before db_
  std::unique_ptr<EarlySettler> early_settler_;  // goes before db_; null without a shared log
};

}  // namespace mere::kv
