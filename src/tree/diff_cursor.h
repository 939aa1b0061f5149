// What two trees differ in. Ranges that both have are skipped by their id, and inside ranges, blocks that
// are equal byte for byte.
#pragma once

#include "tree/walker.h"

namespace mere::tree {

class TreeDiffCursor final : public DiffCursor {
 public:
  // Stands on the first difference: what `right` has other than `left`. `tables` outlives the cursor.
  TreeDiffCursor(const TableStore& tables, const block::Address& ns, const MetaRangeId& left,
                 const MetaRangeId& right);

  bool valid() const override { return found_; }
  const Difference& difference() const override { return difference_; }
  void next() override;
  void seek(std::string_view key) override;
  Status status() const override;

 private:
  void find();  // from where both stand, to the next difference
  bool step();  // past what is equal; true if that found a difference
  bool show(DiffType type);

  Walker left_;
  Walker right_;
  Difference difference_;
  bool found_ = false;
};

}  // namespace mere::tree
