#include "tree/diff_cursor.h"

namespace mere::tree {

TreeDiffCursor::TreeDiffCursor(const TableStore& tables, const block::Address& ns, const MetaRangeId& left,
                               const MetaRangeId& right)
    : left_(tables, ns, left), right_(tables, ns, right) {
  find();
}

Status TreeDiffCursor::status() const {
  if (Status left = left_.status(); !left) return left;
  return right_.status();
}

void TreeDiffCursor::next() {
  if (difference_.type == DiffType::changed) {
    Walker::next_unequal(left_, right_);
  } else {
    (difference_.type == DiffType::removed ? left_ : right_).next();
  }
  find();
}

void TreeDiffCursor::seek(std::string_view key) {
  left_.seek(key);
  right_.seek(key);
  // In the middle of a range that both have: the rest of it is equal too.
  if (left_.at_record() && right_.at_record() && left_.range().id == right_.range().id) {
    left_.skip_range();
    right_.skip_range();
  }
  find();
}

void TreeDiffCursor::find() {
  found_ = false;
  while (left_.valid() || right_.valid()) {
    if (step()) {
      found_ = true;
      return;
    }
  }
}

bool TreeDiffCursor::step() {
  if (!left_.valid() || !right_.valid()) {
    if (!status()) {  // half a tree must not look like a difference
      left_.stop();
      right_.stop();
      return false;
    }
    Walker& rest = left_.valid() ? left_ : right_;
    if (rest.at_record()) return show(left_.valid() ? DiffType::removed : DiffType::added);
    rest.enter();
    return false;
  }
  if (left_.at_head() && right_.at_head()) {
    if (left_.range().id == right_.range().id) {
      left_.skip_range();
      right_.skip_range();
      return false;
    }
    // Of two that lie apart, only the first is entered: the other may yet meet its equal.
    const bool left_first = left_.range().max_key < right_.range().min_key;
    const bool right_first = right_.range().max_key < left_.range().min_key;
    if (!right_first) left_.enter();
    if (!left_first) right_.enter();
    return false;
  }
  if (left_.at_head()) {
    if (right_.record().key < left_.range().min_key) return show(DiffType::added);
    left_.enter();
    return false;
  }
  if (right_.at_head()) {
    if (left_.record().key < right_.range().min_key) return show(DiffType::removed);
    right_.enter();
    return false;
  }
  if (Walker::skip_equal_blocks(left_, right_)) return false;
  const int order = left_.record().key.compare(right_.record().key);
  if (order < 0) return show(DiffType::removed);
  if (order > 0) return show(DiffType::added);
  if (left_.record().identity != right_.record().identity) return show(DiffType::changed);
  Walker::next_unequal(left_, right_);
  return false;
}

bool TreeDiffCursor::show(DiffType type) {
  difference_ = {.type = type, .key = {}, .left = {}, .right = {}};
  if (type != DiffType::added) difference_.left = left_.record();
  if (type != DiffType::removed) difference_.right = right_.record();
  difference_.key = type == DiffType::added ? difference_.right.key : difference_.left.key;
  return true;
}

}  // namespace mere::tree
