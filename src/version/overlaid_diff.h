// The difference between a state and another that is a tree with changes on top.
#pragma once

#include <functional>
#include <memory>

#include "tree/types.h"

namespace mere::version {

// `below` (or null: nothing) is the diff from the left state to the right tree, `changes` lie on the
// right tree, and `scan_left` opens the left state, which is looked at only for the changes' keys. Only
// differences show: a change to what the left side has anyway is none.
std::unique_ptr<tree::DiffCursor> overlaid_diff(std::unique_ptr<tree::Cursor> changes,
                                                std::unique_ptr<tree::DiffCursor> below,
                                                std::function<std::unique_ptr<tree::Cursor>()> scan_left);

}  // namespace mere::version
