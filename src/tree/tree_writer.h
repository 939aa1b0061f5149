// Writes a tree: records that are cut into ranges, ranges of other trees taken over by id, and at the
// end the metarange that lists them.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/executor.h"
#include "base/result.h"
#include "block/store.h"
#include "tree/record_value.h"
#include "tree/table_store.h"
#include "tree/table_writer.h"
#include "tree/trees.h"

namespace mere::tree {

// One thread. Records and ranges come in strictly ascending order of keys; `corrupt` if they do not.
class TreeWriter {
 public:
  // `tables` and `workers` (or null) outlive the writer. `properties`: of a refs dump, else empty.
  TreeWriter(TableStore& tables, block::Address ns, const TreeOptions& options, WorkQueue* workers,
             TableProperties properties = {});
  ~TreeWriter();

  // `value` as append_value() makes it.
  Status add(std::string_view key, std::string_view value);
  Status add(const Record& record);
  // Whether a block that begins with such a record would begin here.
  bool begins_block(std::string_view key, std::string_view value) const;
  // The same as to add all records of a block, where it begins_block(). False, and nothing is added: they
  // would not become such a block.
  Result<bool> add_block(const StoredBlock& block);
  // A range of another tree as it is, with its metarange's record. The range in the making is closed.
  Status copy(const RangeView& range, std::string_view range_value);

  // Records so far, those of copied ranges included.
  std::int64_t count() const { return count_ + (range_ ? range_->count() : 0); }

  // Everything is durable when this succeeds. Once.
  struct Tree {
    MetaRangeId id;
    std::int64_t count = 0;
  };
  Result<Tree> finish();

 private:
  struct Closing;
  // A line of the metarange, or a range that is still being closed.
  struct Line {
    std::string key;
    std::string value;
    std::shared_ptr<Closing> closing;
  };

  std::shared_ptr<Closing> close_range();  // null if there is none
  void close_range_aside();
  bool is_cut_after(std::string_view key);
  bool is_ragged_after(std::string_view key) const;
  bool summarize(const Block& block);
  Status begin_range(std::string_view first_key);
  Status check_order(std::string_view first_key);
  void settle(Line& line);
  void settle_oldest();

  TableStore& tables_;
  block::Address ns_;
  TreeOptions options_;
  WorkQueue* workers_;
  TableProperties properties_;
  std::unique_ptr<TableWriter> range_;  // the range in the making
  std::string value_;                   // scratch
  BlockCursor records_;                 // scratch
  BlockSummary summary_;                // scratch
  std::deque<Line> lines_;
  std::size_t oldest_ = 0;  // no line before it is unsettled
  std::size_t unsettled_ = 0;
  std::string last_key_;  // of the last range that was closed or copied
  std::int64_t count_ = 0;
  Status failure_;
};

}  // namespace mere::tree
