// A tree with changes applied: the making of a commit.
#pragma once

#include "base/result.h"
#include "tree/tree_writer.h"
#include "tree/trees.h"
#include "tree/walker.h"

namespace mere::tree {

// Writes `base` with `changes` to `into`, and counts what they changed. Ranges that no change falls into
// are copied; a change that leaves a record's identity as it was keeps the record of the base.
Result<ChangeCounts> apply_changes(Walker& base, Cursor& changes, TreeWriter& into);

}  // namespace mere::tree
