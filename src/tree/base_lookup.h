// What the common ancestor of a merge or comparison has under a key or within a range. Asked with
// ascending keys, it walks its tree once.
#pragma once

#include "tree/walker.h"

namespace mere::tree {

class BaseLookup {
 public:
  BaseLookup(const TableStore& tables, const block::Address& ns, const MetaRangeId& base)
      : walker_(tables, ns, base) {}

  // The first range that shares keys with [min_key, max_key]; null if none does.
  const RangeView* overlapping(std::string_view min_key, std::string_view max_key);
  // The record at `key`; null if there is none. Holds until the next question.
  const Record* find(std::string_view key);
  // Lets the keys start again at `key`.
  void seek(std::string_view key) { walker_.seek_range(key); }
  // Null may also mean that the base cannot be read.
  Status status() const { return walker_.status(); }

 private:
  Walker walker_;
};

}  // namespace mere::tree
