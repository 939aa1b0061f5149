#include "tree/merge.h"

#include <algorithm>

namespace mere::tree {

Result<ChangeCounts> Merger::run() {
  while (source_.valid() && destination_.valid()) RETURN_IF_ERROR(step());
  RETURN_IF_ERROR(source_.status());
  RETURN_IF_ERROR(destination_.status());
  RETURN_IF_ERROR(rest_of(source_));
  RETURN_IF_ERROR(rest_of(destination_));
  RETURN_IF_ERROR(base_.status());
  counts_.removed += destination_.take_left_out_count();
  return counts_;
}

Status Merger::step() {
  if (source_.at_head() && destination_.at_head()) return both_at_heads();
  if (source_.at_head()) return head_and_record(source_, destination_);
  if (destination_.at_head()) return head_and_record(destination_, source_);
  return both_at_records();
}

Status Merger::both_at_heads() {
  const RangeView& source = source_.range();
  const RangeView& destination = destination_.range();
  if (source.id == destination.id) {
    RETURN_IF_ERROR(into_.copy(source, source_.range_value()));
    source_.skip_range();
    destination_.skip_range();
    return {};
  }
  if (source.min_key == destination.min_key && source.max_key == destination.max_key) {
    const RangeView* base = base_.overlapping(source.min_key, source.max_key);
    RETURN_IF_ERROR(base_.status());
    if (base != nullptr && (base->id == source.id || base->id == destination.id)) {
      if (base->id == source.id) {
        RETURN_IF_ERROR(into_.copy(destination, destination_.range_value()));
      } else {
        counts_.changed += std::max<std::int64_t>(source.count, 1);
        RETURN_IF_ERROR(into_.copy(source, source_.range_value()));
      }
      source_.skip_range();
      destination_.skip_range();
      return {};
    }
  } else if (source.max_key < destination.min_key) {
    ASSIGN_OR_RETURN(const bool settled, settle_range_of_one_side(source_));
    if (settled) return {};
  } else if (destination.max_key < source.min_key && !destination_.range_may_have_left_out()) {
    ASSIGN_OR_RETURN(const bool settled, settle_range_of_one_side(destination_));
    if (settled) return {};
  }
  source_.enter();
  destination_.enter();
  return {};
}

Status Merger::head_and_record(SideWalker& head, SideWalker& record) {
  const std::string_view key = record.record().key;
  if (key < head.range().min_key) return record_of_one_side(record);
  if (head.range().max_key < key && !head.range_may_have_left_out()) {
    ASSIGN_OR_RETURN(const bool settled, settle_range_of_one_side(head));
    if (settled) return {};
  }
  head.enter();
  return {};
}

Status Merger::both_at_records() {
  const Record& source = source_.record();
  const Record& destination = destination_.record();
  const int order = source.key.compare(destination.key);
  if (order < 0) return record_of_one_side(source_);
  if (order > 0) return record_of_one_side(destination_);

  bool take_source = true;
  if (source.identity != destination.identity) {
    const Record* base = base_.find(source.key);
    RETURN_IF_ERROR(base_.status());
    if (base != nullptr && base->identity == source.identity) {
      take_source = false;
    } else if (base == nullptr || base->identity != destination.identity) {
      if (strategy_ == MergeStrategy::none) return conflict(source.key);
      take_source = strategy_ == MergeStrategy::source_wins;
    }
    if (take_source) ++counts_.changed;
  }
  SideWalker& taken = take_source ? source_ : destination_;
  RETURN_IF_ERROR(into_.add(taken.record().key, taken.raw_value()));
  source_.next();
  destination_.next();
  return {};
}

Status Merger::rest_of(SideWalker& side) {
  while (side.valid()) {
    if (!side.at_head()) {
      RETURN_IF_ERROR(record_of_one_side(side));
      continue;
    }
    ASSIGN_OR_RETURN(const bool left_out, side.range_has_left_out());
    bool settled = false;
    if (!left_out) {
      ASSIGN_OR_RETURN(settled, settle_range_of_one_side(side));
    }
    if (!settled) side.enter();
  }
  return side.status();
}

Status Merger::record_of_one_side(SideWalker& side) {
  const Record* base = base_.find(side.record().key);
  RETURN_IF_ERROR(base_.status());
  bool write = true;
  if (base != nullptr) {
    if (base->identity == side.record().identity) {
      write = false;  // the other side deleted it
    } else {          // the other side deleted what this side changed
      if (strategy_ == MergeStrategy::none) return conflict(side.record().key);
      write = strategy_ == (is_source(side) ? MergeStrategy::source_wins : MergeStrategy::dest_wins);
    }
  }
  if (write) {
    RETURN_IF_ERROR(into_.add(side.record().key, side.raw_value()));
    if (is_source(side)) ++counts_.added;
  } else if (!is_source(side)) {
    ++counts_.removed;
  }
  side.next();
  return {};
}

Result<bool> Merger::settle_range_of_one_side(SideWalker& side) {
  const RangeView& range = side.range();
  const RangeView* base = base_.overlapping(range.min_key, range.max_key);
  RETURN_IF_ERROR(base_.status());
  if (base != nullptr && base->id != range.id) return false;
  if (base == nullptr) {  // added on this side
    RETURN_IF_ERROR(into_.copy(range, side.range_value()));
    if (is_source(side)) counts_.added += range.count;
  } else if (!is_source(side)) {  // the other side deleted all of it
    counts_.removed += range.count;
  }
  side.skip_range();
  return true;
}

Status Merger::conflict(std::string_view key) const {
  return Error{Code::conflict, "conflict found: both sides changed '" + std::string(key) + "'"};
}

}  // namespace mere::tree
