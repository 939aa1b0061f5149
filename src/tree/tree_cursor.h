// The records of a tree in order, ranges entered one after the other.
#pragma once

#include "tree/walker.h"

namespace mere::tree {

class TreeCursor final : public Cursor {
 public:
  // Stands on the first record. `tables` outlives the cursor.
  TreeCursor(const TableStore& tables, block::Address ns, const MetaRangeId& tree);

  bool valid() const override { return walker_.at_record(); }
  const Record& record() const override { return walker_.record(); }
  void next() override;
  void seek(std::string_view key) override;
  Status status() const override { return walker_.status(); }

 private:
  void enter();

  Walker walker_;
};

}  // namespace mere::tree
