#include "kv/rocksdb_cursor.h"

#include <rocksdb/db.h>
#include <rocksdb/iterator.h>
#include <rocksdb/options.h>

#include <algorithm>

#include "kv/limits.h"
#include "kv/rocksdb_error.h"

namespace mere::kv {
namespace {

class RocksDbCursor final : public Cursor {
 public:
  RocksDbCursor(const RocksDbDatabase::Use& db, std::string_view prefix)
      : prefix_(prefix), end_(end_of_prefix(prefix)), stay_(db) {
    rocksdb::ReadOptions options;
    if (end_) {
      end_slice_ = *end_;
      options.iterate_upper_bound = &end_slice_;
    }
    // Files that this cursor was the last to need are removed elsewhere, not while a user waits.
    options.background_purge_on_iterator_cleanup = true;
    iterator_.reset(db->NewIterator(options));
    iterator_->Seek(prefix_);
  }

  bool valid() const override { return iterator_->Valid(); }
  std::string_view key() const override { return iterator_->key().ToStringView(); }
  std::string_view value() const override { return iterator_->value().ToStringView(); }
  void next() override { iterator_->Next(); }
  void seek(std::string_view key) override { iterator_->Seek(std::max(key, std::string_view(prefix_))); }
  Status status() const override {
    const rocksdb::Status status = iterator_->status();
    if (status.ok()) return {};
    return to_error("reading the store", status);
  }

 private:
  const std::string prefix_;
  const std::optional<std::string> end_;
  rocksdb::Slice end_slice_;  // of end_; read by the iterator
  const RocksDbDatabase::Stay stay_;
  std::unique_ptr<rocksdb::Iterator> iterator_;  // goes first
};

// Of a store that could not be opened again.
class FailedCursor final : public Cursor {
 public:
  explicit FailedCursor(Error error) : error_(std::move(error)) {}
  bool valid() const override { return false; }
  std::string_view key() const override { return {}; }
  std::string_view value() const override { return {}; }
  void next() override {}
  void seek(std::string_view) override {}
  Status status() const override { return error_; }

 private:
  const Error error_;
};

}  // namespace

std::unique_ptr<Cursor> make_rocksdb_cursor(const RocksDbDatabase& database, std::string_view prefix) {
  auto db = database.use();
  if (!db) return std::make_unique<FailedCursor>(std::move(db).error());
  return std::make_unique<RocksDbCursor>(*db, prefix);
}

}  // namespace mere::kv
