#include "tree/side_walker.h"

namespace mere::tree {

SideWalker::SideWalker(const TableStore& tables, const block::Address& ns, const MetaRangeId& tree,
                       const ReplacedKeys& left_out)
    : tables_(tables), ns_(ns), left_out_(left_out), walker_(tables, ns, tree) {
  pass_over();
}

void SideWalker::enter() {
  walker_.enter();
  pass_over();
}

void SideWalker::next() {
  walker_.next();
  pass_over();
}

void SideWalker::skip_range() {
  walker_.skip_range();
  pass_over();
}

void SideWalker::pass_over() {
  if (left_out_.empty()) return;
  while (walker_.valid()) {
    if (walker_.at_head()) {
      if (!left_out_.covers_all(range().min_key, range().max_key)) return;
      passed_over_ += range().count;
      walker_.skip_range();
    } else {
      if (!left_out_.covers(record().key)) return;
      ++passed_over_;
      walker_.next();
    }
  }
}

Result<bool> SideWalker::range_has_left_out() const {
  if (!range_may_have_left_out()) return false;
  ASSIGN_OR_RETURN(auto table, tables_.open(ns_, range().id));
  TableCursor cursor(table);
  for (const std::string& prefix : left_out_.prefixes()) {
    if (prefix > range().max_key) break;
    cursor.seek(prefix);
    if (cursor.valid() && cursor.key().starts_with(prefix)) return true;
    if (!cursor.status()) return cursor.status().error();
  }
  for (const std::string& key : left_out_.keys()) {
    if (key > range().max_key) break;
    cursor.seek(key);
    if (cursor.valid() && cursor.key() == key) return true;
    if (!cursor.status()) return cursor.status().error();
  }
  return false;
}

std::int64_t SideWalker::take_left_out_count() {
  return std::exchange(passed_over_, 0);
}

}  // namespace mere::tree
