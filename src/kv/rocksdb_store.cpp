// The embedded store: one RocksDB database with one column family and a write-ahead log.
#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include "base/shared_log.h"
#include "kv/failing_store.h"
#include "kv/limits.h"
#include "kv/recent_reads.h"
#include "kv/rocksdb_cursor.h"
#include "kv/rocksdb_database.h"
#include "kv/rocksdb_error.h"
#include "kv/rocksdb_writer.h"
#include "kv/store.h"

namespace mere::kv {
namespace {

// Up to so many keys are erased one by one: cheaper than the mark of a range, which every read must pass.
constexpr std::size_t kErasedSingly = 1024;
constexpr std::size_t kRecentBytes = std::size_t{4} << 20;

class RocksDbStore final : public Store {
 public:
  RocksDbStore(std::unique_ptr<RocksDbDatabase> database, const RocksDbOptions& options)
      : shared_log_(options.shared_log),
        database_(std::move(database)),
        writer_(*database_, recent_, options) {
    if (shared_log_ != nullptr) shared_log_->begin();
  }
  ~RocksDbStore() override {
    if (shared_log_ != nullptr) shared_log_->end();
  }

  Result<std::optional<std::string>> get(std::string_view key) const override {
    std::uint64_t epoch = 0;
    if (auto known = recent_.get(key, epoch)) return *std::move(known);
    ASSIGN_OR_RETURN(const auto db, database_->use());
    rocksdb::PinnableSlice value;
    const rocksdb::Status status = db->Get(rocksdb::ReadOptions(), db->DefaultColumnFamily(), key, &value);
    if (status.IsNotFound()) {
      recent_.put(key, std::nullopt, epoch);
      return std::nullopt;
    }
    if (!status.ok()) return to_error("reading the store", status);
    recent_.put(key, value.ToStringView(), epoch);
    return value.ToString();
  }

  Status write(std::span<const Write> writes, Durability durability) override {
    RETURN_IF_ERROR(check_writes(writes));
    return writer_.write(writes, durability);
  }

  void write_later(std::vector<Write> writes, Durability durability,
                   std::function<void(Status)> told) override {
    if (Status checked = check_writes(writes); !checked) return told(std::move(checked));
    writer_.write_later(std::move(writes), durability, std::move(told));
  }

  std::unique_ptr<Cursor> scan(std::string_view prefix) const override {
    return make_rocksdb_cursor(*database_, prefix);
  }

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
    database_->erased(std::string(prefix), std::move(end));
    return {};
  }

 private:
  SharedLog* const shared_log_;
  const std::unique_ptr<RocksDbDatabase> database_;
  mutable RecentReads recent_{kRecentBytes};
  RocksDbWriter writer_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_rocksdb_store(const RocksDbOptions& options) {
  ASSIGN_OR_RETURN(auto database, RocksDbDatabase::open(options, nullptr));
  return std::make_unique<RocksDbStore>(std::move(database), options);
}

Result<std::unique_ptr<Store>> open_failing_rocksdb_store(const RocksDbOptions& options, DiskFaults& faults) {
  ASSIGN_OR_RETURN(auto database, RocksDbDatabase::open(options, &faults));
  return std::make_unique<RocksDbStore>(std::move(database), options);
}

}  // namespace mere::kv
