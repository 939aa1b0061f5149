#include "tree/table.h"

namespace mere::tree {
namespace {
// A key this near is looked for from where the cursor stands: changes of a large tree are often so.
constexpr int kNearBlocks = 4;
}  // namespace

TableCursor::TableCursor(std::shared_ptr<const Table> table, int walked_blocks, ReadAhead ahead)
    : table_(std::move(table)), index_(*table_), ahead_(std::move(ahead)), walked_blocks_(walked_blocks) {
  ahead_.leave_file();
}

void TableCursor::fail(Error error) {
  block_.leave();
  status_ = std::move(error);
}

void TableCursor::enter_block() {
  block_.leave();
  if (!index_.status()) return fail(index_.status().error());
  if (!index_.valid()) return;
  auto handle = index_.handle();
  if (!handle) return fail(std::move(handle).error());
  const auto cached = walked_blocks_ < kBlocksCached ? Table::Cached::yes : Table::Cached::no;
  // The first block of a walk is read alone: most walks that seek want one record.
  auto block = table_->load(*handle, cached, walked_blocks_ > 0 ? &ahead_ : nullptr);
  is_stored_ahead_ = cached == Table::Cached::no;
  if (!block) return fail(std::move(block).error());
  if (walked_blocks_ < kBlocksCached) ++walked_blocks_;
  block_.enter(*std::move(block));
}

void TableCursor::seek_to_first() {
  status_ = {};
  index_.seek_to_first();
  enter_block();
  block_.seek_to_first();
  settle();
}

void TableCursor::seek(std::string_view key) {
  if (block_.valid() && block_.key() <= key && key <= index_.separator()) {
    if (block_.key() != key) block_.seek(key);
  } else if (step_near(key)) {
    enter_block();
    block_.seek(key);
  } else {
    status_ = {};
    if (block_.valid() && key < block_.key()) walked_blocks_ = 0;
    index_.seek(key);
    enter_block();
    block_.seek(key);
  }
  settle();
}

bool TableCursor::step_near(std::string_view key) {
  if (!block_.valid() || key < block_.key()) return false;
  for (int i = 0; i < kNearBlocks; ++i) {
    index_.next();
    if (!index_.valid()) return false;
    if (key <= index_.separator()) return true;
  }
  return false;
}

void TableCursor::enter_block_start() {
  enter_block();
  block_.seek_to_first();
  settle();
}

Result<std::string_view> TableCursor::stored_block() {
  ASSIGN_OR_RETURN(const BlockHandle handle, index_.handle());
  ASSIGN_OR_RETURN(const std::string_view stored, table_->read_stored(handle, ahead_));
  Status checked = is_stored_ahead_ ? Status() : table_->check_stored(stored);
  if (!checked) return std::move(checked).error();
  return stored;
}

void TableCursor::skip_block() {
  index_.next();
  enter_block_start();
}

bool TableCursor::skip_equal_blocks(TableCursor& a, TableCursor& b) {
  if (!a.block_.at_first() || !b.block_.at_first()) return false;
  if (a.block_.block()->entries() != b.block_.block()->entries()) return false;
  next_unequal_blocks(a, b);
  return true;
}

void TableCursor::next_unequal(TableCursor& a, TableCursor& b) {
  if (a.block_.at_last() && b.block_.at_last()) return next_unequal_blocks(a, b);
  a.next();
  b.next();
}

void TableCursor::next_unequal_blocks(TableCursor& a, TableCursor& b) {
  // Whether the next blocks of both are equal; errors show when they are entered.
  auto next_are_equal = [&] {
    a.index_.next();
    b.index_.next();
    if (!a.index_.valid() || !b.index_.valid()) return false;
    auto a_handle = a.index_.handle();
    auto b_handle = b.index_.handle();
    if (!a_handle || !b_handle || a_handle->size != b_handle->size) return false;
    auto a_stored = a.table_->read_stored(*a_handle, a.ahead_);
    if (!a_stored) return false;
    auto b_stored = b.table_->read_stored(*b_handle, b.ahead_);
    return b_stored && *a_stored == *b_stored;
  };
  while (next_are_equal()) {
  }
  a.enter_block_start();
  b.enter_block_start();
}

void TableCursor::settle() {
  while (status_) {
    if (block_.malformed()) return fail(table_->corrupt("malformed data block"));
    if (block_.valid()) {
      if ((block_.trailer() & 0xff) != kSetKind) fail(table_->corrupt("holds a record that is not a value"));
      return;
    }
    if (!index_.valid()) {
      if (!index_.status()) fail(index_.status().error());
      return;  // the end
    }
    index_.next();
    enter_block();
    block_.seek_to_first();
  }
}

}  // namespace mere::tree
