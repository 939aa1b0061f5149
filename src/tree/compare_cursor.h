// What one side changed since a common base, shown against the other side.
#pragma once

#include "tree/base_lookup.h"
#include "tree/diff_cursor.h"

namespace mere::tree {

// Of the differences from `left` to `right`, those that `right` made since `base`; `conflict` where
// `left` changed the same key otherwise. What only `left` changed is left out.
class CompareCursor final : public DiffCursor {
 public:
  CompareCursor(const TableStore& tables, const block::Address& ns, const MetaRangeId& left,
                const MetaRangeId& right, const MetaRangeId& base);

  bool valid() const override { return diff_.valid() && base_readable_; }
  const Difference& difference() const override { return difference_; }
  void next() override;
  void seek(std::string_view key) override;
  Status status() const override;

 private:
  void find();
  bool decide();

  TreeDiffCursor diff_;
  BaseLookup base_;
  Difference difference_;
  bool base_readable_ = true;
};

}  // namespace mere::tree
