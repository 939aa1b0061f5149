#include "tree/walker.h"

namespace mere::tree {

Walker::Walker(const TableStore& tables, block::Address ns, const MetaRangeId& tree, For purpose)
    : tables_(tables),
      ns_(std::move(ns)),
      walked_blocks_(purpose == For::changing ? TableCursor::kBlocksCached : 0) {
  if (tree.empty()) return;
  auto table = tables_.open(ns_, tree.str());
  if (!table) {
    fail(std::move(table).error());
    return;
  }
  ranges_.emplace(*std::move(table));
  ranges_->seek_to_first();
  stand_at_head();
}

Status Walker::status() const {
  if (status_) return {};
  return status_.error();
}

void Walker::fail(Error error) {
  place_ = Place::nowhere;
  status_ = std::move(error);
}

void Walker::stand_at_head() {
  leave_range();
  place_ = Place::nowhere;
  if (!ranges_->valid()) {
    if (!ranges_->status()) fail(ranges_->status().error());
    return;
  }
  auto range = decode_range_record(ranges_->key(), ranges_->value());
  if (!range) return fail(with_context("table " + ranges_->table().name(), std::move(range).error()));
  range_ = *range;
  place_ = Place::head;
}

void Walker::leave_range() {
  if (!records_) return;
  walked_blocks_ = records_->walked_blocks();
  ahead_ = std::move(*records_).take_ahead();
  records_.reset();
}

void Walker::stand_at_record() {
  if (!records_->valid()) {
    if (!records_->status()) return fail(records_->status().error());
    return skip_range();
  }
  record_.key = records_->key();
  if (!split_value(records_->value(), record_.identity, record_.data) || record_.identity.empty()) {
    return fail(records_->table().corrupt("malformed record"));
  }
  place_ = Place::record;
}

bool Walker::open_range() {
  auto table = tables_.open(ns_, range_.id);
  if (!table) {
    fail(std::move(table).error());
    return false;
  }
  leave_range();
  records_.emplace(*std::move(table), walked_blocks_, std::move(ahead_));
  return true;
}

void Walker::enter() {
  MERE_CHECK(at_head());
  if (!open_range()) return;
  records_->seek_to_first();
  stand_at_record();
  if (at_record() && record_.key != range_.min_key)
    fail(records_->table().corrupt("its first key is not its range's"));
}

void Walker::next() {
  MERE_CHECK(at_record());
  records_->next();
  stand_at_record();
}

bool Walker::at_block_before(const std::string_view* limit) const {
  return at_record() && records_->block_begun() != nullptr &&
         (limit == nullptr || records_->block_limit() < *limit);
}

Result<StoredBlock> Walker::block() {
  ASSIGN_OR_RETURN(const std::string_view stored, records_->stored_block());
  return StoredBlock{*records_->block_begun(), stored};
}

void Walker::skip_block() {
  records_->skip_block();
  stand_at_record();
}

bool Walker::skip_equal_blocks(Walker& a, Walker& b) {
  if (!a.at_record() || !b.at_record() || !TableCursor::skip_equal_blocks(*a.records_, *b.records_))
    return false;
  a.stand_at_record();
  b.stand_at_record();
  return true;
}

void Walker::next_unequal(Walker& a, Walker& b) {
  MERE_CHECK(a.at_record() && b.at_record());
  TableCursor::next_unequal(*a.records_, *b.records_);
  a.stand_at_record();
  b.stand_at_record();
}

void Walker::skip_range() {
  ranges_->next();
  stand_at_head();
}

void Walker::seek_range(std::string_view key) {
  if (!ranges_) return;
  status_ = {};
  ranges_->seek(key);
  stand_at_head();
}

void Walker::advance_range(std::string_view key) {
  if (valid() && range_.max_key < key) seek_range(key);
}

void Walker::seek(std::string_view key) {
  const bool inside = valid() && range_.min_key <= key && key <= range_.max_key;
  if (!inside) {
    const bool forward = valid() && range_.max_key < key;
    seek_range(key);
    if (!forward) walked_blocks_ = 0;
  }
  if (!valid() || (at_head() && key <= range_.min_key)) return;
  if (at_head() && !open_range()) return;
  records_->seek(key);
  stand_at_record();
}

}  // namespace mere::tree
