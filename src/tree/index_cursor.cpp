#include "tree/table.h"

namespace mere::tree {

IndexCursor::IndexCursor(const Table& table) : table_(table), two_levels_(table.two_levels_) {
  top_.enter(table.index_);
}

Result<BlockHandle> IndexCursor::handle() const {
  std::string_view value = leaf().value();
  BlockHandle handle;
  if (!take_handle(value, handle)) return table_.corrupt("malformed index");
  return handle;
}

// After an error as well: it may have been of the moment.
void IndexCursor::begin() {
  status_ = {};
  if (!top_.block() || top_.malformed()) top_.enter(table_.index_);
}

void IndexCursor::seek_to_first() {
  begin();
  top_.seek_to_first();
  if (two_levels_) {
    enter_partition();
    if (leaf_.block()) leaf_.seek_to_first();
  }
  check();
}

void IndexCursor::seek(std::string_view key) {
  begin();
  top_.seek(key);
  if (two_levels_) {
    enter_partition();
    if (leaf_.block()) leaf_.seek(key);
  }
  check();
}

void IndexCursor::next() {
  if (two_levels_) {
    leaf_.next();
    if (!leaf_.valid() && !leaf_.malformed()) {
      top_.next();
      enter_partition();
      if (leaf_.block()) leaf_.seek_to_first();
    }
  } else {
    top_.next();
  }
  check();
}

// Into the partition that the top level stands on; into none at the end or after an error.
void IndexCursor::enter_partition() {
  leaf_.leave();
  if (!top_.valid()) return;
  std::string_view value = top_.value();
  BlockHandle handle;
  if (!take_handle(value, handle)) {
    status_ = table_.corrupt("malformed index");
    return;
  }
  auto partition = table_.load(handle, Table::Cached::yes, nullptr);
  if (partition) {
    leaf_.enter(*std::move(partition));
  } else {
    status_ = std::move(partition).error();
  }
}

void IndexCursor::check() {
  const bool malformed =
      top_.malformed() || leaf_.malformed() ||
      (two_levels_ && status_ && top_.valid() && !leaf_.valid());  // a partition without entries
  if (malformed && status_) status_ = table_.corrupt("malformed index");
  if (!status_) {
    top_.leave();
    leaf_.leave();
  }
}

}  // namespace mere::tree
