// The difference between a state and another that is a tree with changes on top.
#pragma once

#include <memory>

#include "tree/paired_changes.h"
#include "tree/types.h"

namespace mere::version {

// `below` (or null: nothing) is the diff from the left state to the right tree, `changes` lie on the
// right tree and stand beside what the left state has under their keys. Only differences show: a change
// to what the left side has anyway is none.
std::unique_ptr<tree::DiffCursor> overlaid_diff(std::unique_ptr<tree::PairedChanges> changes,
                                                std::unique_ptr<tree::DiffCursor> below);

}  // namespace mere::version
