// What a reference shows, held still while it is read: a tree, and for a branch its uncommitted changes.
//
// A commit may move staged entries into a tree and erase their token while somebody reads. So a reader
// of a branch opens its cursors first (each shows the moment it was made) and then looks whether the
// branch still refers to the tokens: if so, nothing was erased before the cursors existed, and record
// and cursors fit together. If not, it begins again with the branch as it is now.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "kv/store.h"
#include "tree/trees.h"
#include "version/commits.h"
#include "version/refs.h"
#include "version/staging.h"
#include "version/types.h"

namespace mere::version {

// What views are made of; all outlive them.
struct Sources {
  const kv::Store& state;
  tree::Trees& trees;
  const Commits& commits;
  const Staging& staging;
};

struct View {
  MetaRangeId head;                       // the tree of the commit
  MetaRangeId base;                       // the tree that `changes` apply to: the head's, or a compacted one
  std::unique_ptr<tree::Cursor> changes;  // null: none

  bool is_compacted() const { return base != head; }
};

// Errors: `not_found` "not found" if the branch is gone.
Result<View> open_view(const Sources& sources, const Repository& repository, const Resolved& at);
// The tree of a commit.
Result<MetaRangeId> tree_of(const Commits& commits, const Repository& repository, const CommitId& commit);
// The tree below a branch's staged changes.
Result<MetaRangeId> base_of(const Commits& commits, const Repository& repository, const Branch& branch);

// All records of the view; tombstones where a change deletes.
std::unique_ptr<tree::Cursor> scan(const Sources& sources, const Repository& repository, View view);

// The uncommitted changes against the head's tree: those that have an effect. Also shown against
// another tree `left`: two states directly. `expected`: what of it will be looked at.
std::unique_ptr<tree::DiffCursor> diff(const Sources& sources, const Repository& repository,
                                       const MetaRangeId& left, View right, tree::Expected expected = {});

// The record at `path`; `not_found` "not found".
Result<tree::Trees::Found> find(const Sources& sources, const Repository& repository, const Resolved& at,
                                std::string_view path);

}  // namespace mere::version
