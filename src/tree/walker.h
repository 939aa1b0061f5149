// Walks a tree in two speeds: over heads of ranges, known from the metarange alone, and over the
// records of a range once it is entered. What is skipped at its head is never read.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "block/store.h"
#include "tree/record_value.h"
#include "tree/stored_block.h"
#include "tree/table_store.h"
#include "tree/types.h"

namespace mere::tree {

// One thread. Stands at a range's head, at a record of the range, or nowhere (end or error).
// Views of the range hold until the walker leaves it; of the record until the next move.
class Walker {
 public:
  // What a change of the tree reads is what it replaces, and not worth a place in the cache.
  enum class For { reading, changing };
  // Stands at the first head. `tables` outlives the walker.
  Walker(const TableStore& tables, block::Address ns, const MetaRangeId& tree, For purpose = For::reading);

  bool valid() const { return place_ != Place::nowhere; }
  bool at_head() const { return place_ == Place::head; }
  bool at_record() const { return place_ == Place::record; }
  Status status() const;

  const RangeView& range() const { return range_; }                  // requires valid()
  std::string_view range_value() const { return ranges_->value(); }  // of the metarange's record
  const Record& record() const { return record_; }                   // requires at_record()
  std::string_view raw_value() const { return records_->value(); }   // of the range's record, whole

  void enter();       // requires at_head(): to the range's first record
  void next();        // from a record to the next one, or to the next head
  void skip_range();  // to the next head
  void stop() { place_ = Place::nowhere; }

  // Whether this stands at a record with which a block begins that has no key >= `limit` (or null: none is).
  bool at_block_before(const std::string_view* limit) const;
  Result<StoredBlock> block();  // requires at_block_before()
  void skip_block();            // to the record behind it, or to the next head

  // To the head of the first range whose max key is >= `key`. advance_range() goes forward only, and
  // stays, record and all, if the present range's max key is.
  void seek_range(std::string_view key);
  void advance_range(std::string_view key);
  // To the first record >= `key`, or to the head of the range that begins with it.
  void seek(std::string_view key);

  // Where both stand at a record that begins a block, and the blocks are equal: past them and all equal
  // ones that follow. False if they do not.
  static bool skip_equal_blocks(Walker& a, Walker& b);
  // Both from a record to the next one, or next head; equal blocks between are passed over.
  static void next_unequal(Walker& a, Walker& b);

 private:
  enum class Place { nowhere, head, record };

  void stand_at_head();
  void stand_at_record();
  bool open_range();
  void leave_range();
  void fail(Error error);

  const TableStore& tables_;
  block::Address ns_;
  std::optional<TableCursor> ranges_;   // of the metarange; none in the tree without objects
  std::optional<TableCursor> records_;  // of the present range, once it was entered
  RangeView range_;
  Record record_;
  ReadAhead ahead_;        // of the range before
  int walked_blocks_ = 0;  // since the last seek backwards, in the ranges before
  Place place_ = Place::nowhere;
  Status status_;
};

}  // namespace mere::tree
