// One side of a merge: a walk over a tree, without the keys that an import replaces.
#pragma once

#include "tree/replaced_keys.h"
#include "tree/walker.h"

namespace mere::tree {

class SideWalker {
 public:
  // `left_out` outlives the walker.
  SideWalker(const TableStore& tables, const block::Address& ns, const MetaRangeId& tree,
             const ReplacedKeys& left_out);

  bool valid() const { return walker_.valid(); }
  bool at_head() const { return walker_.at_head(); }
  const RangeView& range() const { return walker_.range(); }
  std::string_view range_value() const { return walker_.range_value(); }
  const Record& record() const { return walker_.record(); }
  std::string_view raw_value() const { return walker_.raw_value(); }
  Status status() const { return walker_.status(); }

  void enter();
  void next();
  void skip_range();

  // Whether keys left out could lie in the present range: then it is not copied whole. The second looks
  // into the range.
  bool range_may_have_left_out() const { return left_out_.touches(range().min_key, range().max_key); }
  Result<bool> range_has_left_out() const;
  // How many records were passed over since the last call, those of ranges included.
  std::int64_t take_left_out_count();

 private:
  void pass_over();

  const TableStore& tables_;
  const block::Address ns_;
  const ReplacedKeys& left_out_;
  Walker walker_;
  std::int64_t passed_over_ = 0;
};

}  // namespace mere::tree
