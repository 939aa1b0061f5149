// Three-way merge of trees: what changed on either side since the base. docs/design/0001-storage-format.md,
// "Merge", says which ranges are taken whole and which are entered: ids of the result depend on it.
#pragma once

#include <string_view>

#include "base/result.h"
#include "tree/base_lookup.h"
#include "tree/side_walker.h"
#include "tree/tree_writer.h"
#include "tree/trees.h"

namespace mere::tree {

class Merger {
 public:
  // All outlive the merger.
  Merger(SideWalker& destination, SideWalker& source, BaseLookup& base, MergeStrategy strategy,
         TreeWriter& into)
      : destination_(destination), source_(source), base_(base), strategy_(strategy), into_(into) {}

  // Counts are against the destination; records of ranges that are taken or dropped whole count all.
  // Errors: `conflict`.
  Result<ChangeCounts> run();

 private:
  Status step();
  Status both_at_heads();
  Status head_and_record(SideWalker& head, SideWalker& record);
  Status both_at_records();
  Status rest_of(SideWalker& side);

  Status record_of_one_side(SideWalker& side);
  // Copies or drops the range that `side` heads and the other side has nothing in, if the base tells
  // which; false if the range must be entered.
  Result<bool> settle_range_of_one_side(SideWalker& side);
  Status conflict(std::string_view key) const;
  bool is_source(const SideWalker& side) const { return &side == &source_; }

  SideWalker& destination_;
  SideWalker& source_;
  BaseLookup& base_;
  const MergeStrategy strategy_;
  TreeWriter& into_;
  ChangeCounts counts_;
};

}  // namespace mere::tree
