// The embedded store: one RocksDB database with one column family and a write-ahead log.
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>

#include <cstdarg>
#include <cstdio>

#include "base/fd.h"
#include "base/log.h"
#include "kv/folder_lock.h"
#include "kv/limits.h"
#include "kv/range_compactor.h"
#include "kv/rocksdb_cursor.h"
#include "kv/rocksdb_error.h"
#include "kv/rocksdb_writer.h"
#include "kv/store.h"

namespace mere::kv {
namespace {

// Up to so many keys are erased one by one: cheaper than the mark of a range, which every read must pass.
constexpr std::size_t kErasedSingly = 1024;

// What RocksDB would write to files of its own.
class ToOurLog final : public rocksdb::Logger {
 public:
  ToOurLog() : rocksdb::Logger(rocksdb::WARN_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char* format, std::va_list arguments) override {
    std::array<char, 1024> text;
    const int size = std::vsnprintf(text.data(), text.size(), format, arguments);
    if (size <= 0) return;
    log::warn("rocksdb", {{"detail", std::string_view(text.data(), std::min<std::size_t>(static_cast<std::size_t>(size), text.size() - 1))}});
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
  // read up to the first. What a synced write put there lies before.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  return options;
}

class RocksDbStore final : public Store {
 public:
  RocksDbStore(Fd lock, std::unique_ptr<rocksdb::DB> db, bool sync_writes)
      : lock_(std::move(lock)), db_(std::move(db)), writer_(*db_, sync_writes), compactor_(*db_) {}

  ~RocksDbStore() override {
    // `ordered` writes that no synced one followed.
    if (const rocksdb::Status status = db_->SyncWAL(); !status.ok() && !status.IsNotSupported()) {
      log::error("the store was not synced at its end", {{"error", status.ToString()}});
    }
  }

  Result<std::optional<std::string>> get(std::string_view key) const override {
    rocksdb::PinnableSlice value;
    const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), db_->DefaultColumnFamily(), key, &value);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) return to_error("reading the store", status);
    return value.ToString();
  }

  Status write(std::span<const Write> writes, Durability durability) override {
    RETURN_IF_ERROR(check_writes(writes));
    return writer_.write(writes, durability);
  }

  std::unique_ptr<Cursor> scan(std::string_view prefix) const override { return make_rocksdb_cursor(*db_, prefix); }

  Status erase_prefix(std::string_view prefix) override {
    if (prefix.empty()) return Error{Code::invalid_argument, "erase_prefix needs a prefix"};
    std::vector<Write> erasures;
    {
      const std::unique_ptr<Cursor> cursor = scan(prefix);
      for (; cursor->valid() && erasures.size() <= kErasedSingly; cursor->next()) {
        erasures.push_back(Write::erase(std::string(cursor->key())));
      }
      RETURN_IF_ERROR(cursor->status());
    }
    if (erasures.empty()) return {};
    if (erasures.size() <= kErasedSingly) return writer_.write(erasures, Durability::synced);

    // No key is as long as the second of these.
    std::string end = end_of_prefix(prefix).value_or(std::string(kMaxKey + 1, '\xff'));
    RETURN_IF_ERROR(writer_.erase_range(prefix, end));
    compactor_.add(std::string(prefix), std::move(end));
    return {};
  }

 private:
  const Fd lock_;  // goes last
  const std::unique_ptr<rocksdb::DB> db_;
  RocksDbWriter writer_;
  RangeCompactor compactor_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_rocksdb_store(const RocksDbOptions& options) {
  RETURN_IF_ERROR(make_folder(options.path));
  ASSIGN_OR_RETURN(Fd lock, lock_folder(options.path));
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options_of(options), options.path, &db);
  if (!status.ok()) return to_error("opening the store in " + options.path, status);
  return std::make_unique<RocksDbStore>(std::move(lock), std::unique_ptr<rocksdb::DB>(db), options.sync_writes);
}

}  // namespace mere::kv
