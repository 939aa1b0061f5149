#include "tree/apply.h"

namespace mere::tree {
namespace {

// Copies the present range, or takes over the present record, and goes on.
Status take_over(Walker& base, TreeWriter& into) {
  if (base.at_head()) {
    RETURN_IF_ERROR(into.copy(base.range(), base.range_value()));
    base.skip_range();
  } else {
    RETURN_IF_ERROR(into.add(base.record().key, base.raw_value()));
    base.next();
  }
  return {};
}

}  // namespace

Result<ChangeCounts> apply_changes(Walker& base, Cursor& changes, TreeWriter& into) {
  ChangeCounts counts;
  while (base.valid() && changes.valid()) {
    const Record& change = changes.record();
    if (base.at_head()) {
      if (base.range().max_key < change.key) {
        RETURN_IF_ERROR(take_over(base, into));
      } else {
        base.enter();
      }
      continue;
    }
    const int order = base.record().key.compare(change.key);
    if (order < 0) {
      RETURN_IF_ERROR(take_over(base, into));
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
  while (base.valid()) RETURN_IF_ERROR(take_over(base, into));
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
