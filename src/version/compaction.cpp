// Compaction: uncommitted changes become a tree on top of the head's, so that reads of a branch with many
// of them stay as fast as of a clean one. Nothing visible changes.
#include <utility>

#include "version/overlay_cursor.h"
#include "version/updates_impl.h"

namespace mere::version {

Result<bool> Updates::Impl::fold(const Repository& repository, BranchRecord& record,
                                 const std::optional<std::string>& prefix) {
  const block::Address& ns = repository.storage_namespace;
  ASSIGN_OR_RETURN(const MetaRangeId head, tree_of(commits, repository, record.branch.commit_id));
  // What is left out of a fold is left out of what was folded before, too: then all begins from the head.
  const MetaRangeId base = prefix ? head : record.branch.compacted.value_or(head);
  std::unique_ptr<tree::Cursor> changes;
  if (prefix) {
    ASSIGN_OR_RETURN(changes, sealed_changes(repository, record.branch));
    if (changes) changes = without_prefix(std::move(changes), *prefix);
  } else {
    ASSIGN_OR_RETURN(changes, staging.changes_if_any(record.branch.sealed_tokens));
  }

  MetaRangeId folded = base;
  if (changes) {
    ASSIGN_OR_RETURN(tree::Built built, trees.apply(ns, base, *changes));
    if (built.changes.any()) folded = std::move(built.id);
  }
  Branch next = record.branch;
  next.sealed_tokens.clear();
  next.compacted = folded == head ? std::nullopt : std::optional(folded);
  if (next == record.branch) return true;
  return move(repository, record, next);
}

Status Updates::Impl::compact(const Repository& repository, const BranchName& branch) {
  return repeat(repository, branch, [&](BranchRecord& record) -> Result<bool> {
    ASSIGN_OR_RETURN(const bool sealed, seal(repository, record));
    if (!sealed) return false;
    return fold(repository, record, std::nullopt);
  });
}

Status Updates::compact(const Repository& repository, const BranchName& branch) {
  auto compacted = impl_->compact(repository, branch);
  impl_->clean_up_later();
  return compacted;
}

}  // namespace mere::version
