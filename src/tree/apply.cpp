#include "tree/apply.h"

namespace mere::tree {
namespace {

// Copies the present range, or takes over the present block or record, and goes on. `change`: the key of the
// next change, or null.
Status take_over(Walker& base, TreeWriter& into, const std::string_view* change) {
  if (base.at_head()) {
    RETURN_IF_ERROR(into.copy(base.range(), base.range_value()));
    base.skip_range();
    return {};
  }
  if (base.at_block_before(change) && into.begins_block(base.record().key, base.raw_value())) {
    ASSIGN_OR_RETURN(const StoredBlock block, base.block());
    ASSIGN_OR_RETURN(const bool added, into.add_block(block));
    if (added) {
      base.skip_block();
      return {};
    }
  }
  RETURN_IF_ERROR(into.add(base.record().key, base.raw_value()));
  base.next();
  return {};
}

}  // namespace

Result<ChangeCounts> apply_changes(Walker& base, Cursor& changes, TreeWriter& into) {
  ChangeCounts counts;
  while (base.valid() && changes.valid()) {
    const Record& change = changes.record();
    if (base.at_head()) {
      if (base.range().max_key < change.key) {
        RETURN_IF_ERROR(take_over(base, into, &change.key));
      } else {
        base.enter();
      }
      continue;
    }
    const int order = base.record().key.compare(change.key);
    if (order < 0) {
      RETURN_IF_ERROR(take_over(base, into, &change.key));
      continue;
    }
    if (order > 0) {
      if (!change.is_tombstone()) {
        RETURN_IF_ERROR(into.add(change));
        ++counts.added;
      }
    } else {
      if (change.is_tombstone()) {
        ++counts.removed;
      } else if (change.identity == base.record().identity) {
        RETURN_IF_ERROR(into.add(base.record().key, base.raw_value()));
      } else {
        RETURN_IF_ERROR(into.add(change));
        ++counts.changed;
      }
      base.next();
    }
    changes.next();
  }
  while (base.valid()) RETURN_IF_ERROR(take_over(base, into, nullptr));
  RETURN_IF_ERROR(base.status());
  for (; changes.valid(); changes.next()) {
    if (changes.record().is_tombstone()) continue;
    RETURN_IF_ERROR(into.add(changes.record()));
    ++counts.added;
  }
  RETURN_IF_ERROR(changes.status());
  return counts;
}

}  // namespace mere::tree
