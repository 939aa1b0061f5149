// What the three trees of a refs dump hold (storage format, section 7), as cursors over stored records.
// For the sources of this folder.
#pragma once

#include <memory>
#include <string>

#include "kv/store.h"
#include "tree/trees.h"
#include "version/types.h"

namespace mere::version {

// Each hands out its records in key order: (commit id, commit id, CommitData), (branch name, head's id,
// BranchData with name and commit only), (tag name, commit id, TagData). Commits come as they are stored.
std::unique_ptr<tree::Cursor> commit_dump(const kv::Store& state, const Repository& repository);
std::unique_ptr<tree::Cursor> branch_dump(const kv::Store& state, const Repository& repository);
std::unique_ptr<tree::Cursor> tag_dump(const kv::Store& state, const Repository& repository);

// The table properties that tell the three apart.
tree::TableProperties commit_dump_properties();
tree::TableProperties branch_dump_properties();
tree::TableProperties tag_dump_properties();

}  // namespace mere::version
