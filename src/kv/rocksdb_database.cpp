#include "kv/rocksdb_database.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "base/log.h"
#include "base/shared_log.h"
#include "kv/close_mark.h"
#include "kv/failing_disk.h"
#include "kv/folder_lock.h"
#include "kv/log_check.h"
#include "kv/log_file.h"
#include "kv/log_replay.h"
#include "kv/log_space.h"
#include "kv/rocksdb_error.h"

namespace mere::kv {
namespace {

// What opening writes: a manifest, the tables of a replayed log, a new log.
constexpr std::size_t kRoomToOpen = std::size_t{1} << 20;
// Of a shared log, in the write-ahead log: so much is made good after a crash before the first answer.
constexpr std::size_t kMaxCarriedBytes = std::size_t{16} << 20;

// What RocksDB would write to files of its own.
class ToOurLog final : public rocksdb::Logger {
 public:
  ToOurLog() : rocksdb::Logger(rocksdb::WARN_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char* format, std::va_list arguments) override {
    std::array<char, 1024> text;
    const int size = std::vsnprintf(text.data(), text.size(), format, arguments);
    if (size <= 0) return;
    log::warn("rocksdb",
              {{"detail", std::string_view(text.data(), std::min<std::size_t>(static_cast<std::size_t>(size),
                                                                              text.size() - 1))}});
  }
};

// Lean: a lake's state is small, and an idle server should be too.
rocksdb::Options options_of(const RocksDbOptions& ours) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(ours.block_cache_bytes);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.cache_index_and_filter_blocks = true;  // so that the cache bounds them
  table.pin_l0_filter_and_index_blocks_in_cache = true;

  rocksdb::Options options;
  options.create_if_missing = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = ours.write_buffer_bytes;
  // Most paths that are asked for have no uncommitted entry: that is known without a walk.
  options.memtable_prefix_bloom_size_ratio = 0.02;
  options.memtable_whole_key_filtering = true;
  options.target_file_size_base = 16 << 20;
  options.max_bytes_for_level_base = 64 << 20;
  options.level_compaction_dynamic_level_bytes = true;
  options.max_open_files = 256;
  options.max_background_jobs = 2;
  options.max_file_opening_threads = 1;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.info_log = std::make_shared<ToOurLog>();
  options.info_log_level = rocksdb::WARN_LEVEL;
  // There is one writer at a time (RocksDbWriter).
  options.allow_concurrent_memtable_write = false;
  options.enable_write_thread_adaptive_yield = false;
  // After a power failure the log may end in holes, because its pages reach the disk in any order: it is
  // read up to the first. LogCheck sees to it that no synced write lies behind.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  return options;
}

}  // namespace

// Sees to it that a log goes only after what it carries for others is durable without it.
class RocksDbDatabase::Settler final : public rocksdb::EventListener {
 public:
  explicit Settler(SharedLog& log) : log_(log) {}
  // Before the flush makes the logs of the memtables, which nothing is added to any more, superfluous.
  void OnFlushBegin(rocksdb::DB* db, const rocksdb::FlushJobInfo&) override { settle(*db); }

  // One at a time: an error of the disk is told once, and whoever hears of it keeps the log before another
  // that hears of none lets it go.
  bool settle(rocksdb::DB& db) {
    std::lock_guard lock(settling_);
    if (all_settled_) return true;
    if (failed_) return false;
    const Status settled = log_.settle();
    if (settled) return true;
    failed_ = true;
    log::error("small objects may not be on the disk: the log that has them is kept",
               {{"error", settled.error().message}});
    // Files that are superfluous stay until the next start, which replays them.
    if (const rocksdb::Status kept = db.DisableFileDeletions(); !kept.ok())
      log::error("the log could not be kept", {{"error", kept.ToString()}});
    return false;
  }

  // For the last time: no record is given any more. After an error what settled before may not have either.
  // What was there at the start has settled.
  Status settle_all() {
    std::lock_guard lock(settling_);
    if (log_.has_written()) RETURN_IF_ERROR(log_.settle());
    if (failed_) return Error{Code::io_error, "small objects could not be synced before"};
    all_settled_ = true;
    return {};
  }

  std::atomic<std::size_t> carried{0};  // bytes since the last flush for their sake

 private:
  SharedLog& log_;
  std::mutex settling_;  // guards the others
  bool failed_ = false;
  bool all_settled_ = false;
};

Result<std::unique_ptr<RocksDbDatabase>> RocksDbDatabase::open(const RocksDbOptions& options,
                                                               DiskFaults* faults) {
  RETURN_IF_ERROR(make_folder(options.path));
  ASSIGN_OR_RETURN(Fd lock, lock_folder(options.path));
  std::unique_ptr<RocksDbDatabase> database(new RocksDbDatabase(options, std::move(lock), faults));
  RETURN_IF_ERROR(database->open_now());
  return database;
}

RocksDbDatabase::RocksDbDatabase(const RocksDbOptions& options, Fd lock, DiskFaults* faults)
    : options_(options), lock_(std::move(lock)), env_(faults ? make_failing_env(*faults) : nullptr) {}

RocksDbDatabase::~RocksDbDatabase() {
  if (!db_ || !settler_) return;
  if (const Status closed = close(); !closed)
    log::warn("the store was closed and leaves the next start something to do",
              {{"error", closed.error().message}});
}

Status RocksDbDatabase::close() {
  early_settler_.reset();
  RETURN_IF_ERROR(settler_->settle_all());
  rocksdb::Status closed = db_->Flush(rocksdb::FlushOptions());
  compactor_.reset();
  if (closed.ok()) closed = db_->Close();
  if (!closed.ok()) return to_error("closing the store in " + options_.path, closed);
  db_.reset();
  if (!options_.sync_writes || reopened_) return {};
  const auto places = options_.shared_log->places();
  if (!places) return {};  // settling makes nothing durable there
  return leave_close_mark(*env(), options_.path, *places);
}

Status RocksDbDatabase::open_now() {
  rocksdb::Options options = options_of(options_);
  options.env = env();
  if (Status recovered = recover(options); !recovered) return closed_ = std::move(recovered).error();
  if (options_.shared_log != nullptr) {
    settler_ = std::make_shared<Settler>(*options_.shared_log);
    options.listeners.push_back(settler_);
  }
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, options_.path, &db);
  if (!status.ok()) return closed_ = to_error("opening the store in " + options_.path, status);
  db_.reset(db);
  compactor_ = std::make_unique<RangeCompactor>(*db_);
  if (settler_)
    early_settler_ =
        std::make_unique<EarlySettler>([settler = settler_, db] { return settler->settle(*db); });
  return {};
}

// What has to be done before the store can be opened and written to, unless it was closed with nothing to do.
Status RocksDbDatabase::recover(const rocksdb::Options& options) {
  Result<std::string> places = Error{Code::unavailable, "no log is shared"};
  if (options_.shared_log != nullptr) places = options_.shared_log->places();
  ASSIGN_OR_RETURN(const bool marked, take_close_mark(*options.env, options_.path, places ? *places : ""));
  if (marked && places) return {};
  // Once over the logs, for both. Where the check fails, objects that they held may be there again, which
  // changes nothing: no other bytes are ever at their addresses.
  std::optional<LogCheck> check;
  std::optional<LogReplay> replay;
  if (!options_.cut_damaged_log) check.emplace(options_.path, options);
  if (options_.shared_log != nullptr) replay.emplace(*options_.shared_log);
  if (!check && !replay) return {};
  for (const LogFile& file : logs_in(options_.path)) {
    RETURN_IF_ERROR(for_each_logged(file.path, [&](const LoggedWrites& writes) {
      if (check) check->see(file, writes);
      if (replay) replay->see(writes);
    }));
  }
  if (check) RETURN_IF_ERROR(check->verdict());
  if (replay) RETURN_IF_ERROR(replay->finish());
  return {};
}

rocksdb::Env* RocksDbDatabase::env() const {
  return env_ ? env_.get() : env_with_log_space();
}

Result<RocksDbDatabase::Use> RocksDbDatabase::use() const {
  Use use(*this);
  if (!db_) return closed_;
  return use;
}

Status RocksDbDatabase::reopen() {
  std::error_code failed;
  const auto room = std::filesystem::space(options_.path, failed).available;
  const auto needed = options_.write_buffer_bytes + kRoomToOpen;
  if (!failed && room < needed) {
    return Error{Code::no_space, "the disk of " + options_.path + " is full: at " +
                                     std::to_string(needed >> 20) +
                                     " MiB of free space writes go on by themselves"};
  }
  std::unique_lock lock(mutex_);
  if (stays_ > 0)
    return Error{Code::unavailable, "the store is being read and cannot recover yet: try again"};
  reopened_ = true;
  early_settler_.reset();
  compactor_.reset();
  db_.reset();
  RETURN_IF_ERROR(open_now());
  log::info("the store was opened again after a failure", {{"folder", options_.path}});
  return {};
}

void RocksDbDatabase::carried(std::size_t bytes) {
  if (bytes == 0) return;
  std::shared_lock lock(mutex_);
  if (!db_) return;
  early_settler_->carried(bytes);
  if (settler_->carried.fetch_add(bytes) + bytes < kMaxCarriedBytes) return;
  rocksdb::FlushOptions options;
  options.wait = false;
  options.allow_write_stall = true;
  // One that fails shows in the next write.
  if (db_->Flush(options).ok()) settler_->carried = 0;
}

void RocksDbDatabase::erased(std::string begin, std::string end) const {
  std::shared_lock lock(mutex_);
  if (compactor_) compactor_->add(std::move(begin), std::move(end));
}

}  // namespace mere::kv
