#include "tree/base_lookup.h"

namespace mere::tree {

const RangeView* BaseLookup::overlapping(std::string_view min_key, std::string_view max_key) {
  walker_.advance_range(min_key);
  if (!walker_.valid() || walker_.range().min_key > max_key) return nullptr;
  return &walker_.range();
}

const Record* BaseLookup::find(std::string_view key) {
  walker_.advance_range(key);
  if (!walker_.valid() || walker_.range().min_key > key) return nullptr;
  walker_.seek(key);
  if (walker_.at_head()) walker_.enter();
  return walker_.at_record() && walker_.record().key == key ? &walker_.record() : nullptr;
}

}  // namespace mere::tree
