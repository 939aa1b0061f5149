#include "tree/compare_cursor.h"

namespace mere::tree {

CompareCursor::CompareCursor(const TableStore& tables, const block::Address& ns, const MetaRangeId& left,
                             const MetaRangeId& right, const MetaRangeId& base)
    : diff_(tables, ns, left, right), base_(tables, ns, base) {
  find();
}

Status CompareCursor::status() const {
  if (Status base = base_.status(); !base) return base;
  return diff_.status();
}

void CompareCursor::next() {
  diff_.next();
  find();
}

void CompareCursor::seek(std::string_view key) {
  diff_.seek(key);
  base_.seek(key);
  find();
}

void CompareCursor::find() {
  while (diff_.valid() && !decide()) {
    if (!base_readable_) return;
    diff_.next();
  }
}

// Whether the present difference is one of `right`'s doing.
bool CompareCursor::decide() {
  difference_ = diff_.difference();
  const Record* base = base_.find(difference_.key);
  base_readable_ = static_cast<bool>(base_.status());
  if (!base_readable_) return false;

  // An absent record has the empty identity, here and in the differences.
  const std::string_view in_base = base != nullptr ? base->identity : std::string_view();
  if (difference_.right.identity == in_base) return false;  // only `left` changed it
  if (difference_.left.identity != in_base) difference_.type = DiffType::conflict;
  return true;
}

}  // namespace mere::tree
