// Cursors made of cursors: layers of changes over each other and over a tree. One thread each; records
// hold until the next move.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tree/types.h"

namespace mere::version {

// Every key of any layer, in order, with the record of the first layer that has it. An error of one
// layer is the whole's. A seek moves only the layers that have not got there already.
std::unique_ptr<tree::Cursor> overlay(std::vector<std::unique_ptr<tree::Cursor>> layers);

// A diff as the changes that lead from its left side to its right one: removed keys are tombstones.
std::unique_ptr<tree::Cursor> as_changes(std::unique_ptr<tree::DiffCursor> diff);

// `records` without those whose key starts with `prefix` (not empty).
std::unique_ptr<tree::Cursor> without_prefix(std::unique_ptr<tree::Cursor> records, std::string prefix);

}  // namespace mere::version
