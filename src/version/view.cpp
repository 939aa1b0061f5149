#include "version/view.h"

#include <span>
#include <utility>
#include <vector>

#include "version/branch_record.h"
#include "version/names.h"
#include "version/overlaid_diff.h"
#include "version/overlay_cursor.h"

namespace mere::version {
namespace {

constexpr int kMaxTries = 100;  // each needs a branch that moved in the microseconds before

Error not_found() {
  return {Code::not_found, "not found"};
}
Error moves_too_fast() {
  return {Code::too_many_requests, "Too many attempts, try again later"};
}

// Nothing if what was read of `branch` fits together, else the branch as it is now.
Result<std::optional<Branch>> look_again(const kv::Store& state, const Repository& repository,
                                         const Branch& branch) {
  auto moved = branch_if_moved(state, repository, branch);
  if (!moved && moved.error().code == Code::not_found) return not_found();
  return moved;
}

}  // namespace

Result<MetaRangeId> tree_of(const Commits& commits, const Repository& repository, const CommitId& commit) {
  ASSIGN_OR_RETURN(const auto record, commits.get(repository, commit));
  return record->meta_range_id;
}

Result<MetaRangeId> base_of(const Commits& commits, const Repository& repository, const Branch& branch) {
  if (branch.compacted) return *branch.compacted;
  return tree_of(commits, repository, branch.commit_id);
}

Result<View> open_view(const Sources& sources, const Repository& repository, const Resolved& at) {
  if (!at.branch) {
    ASSIGN_OR_RETURN(MetaRangeId tree, tree_of(sources.commits, repository, at.commit));
    return View{tree, tree, nullptr};
  }
  Branch branch = *at.branch;
  for (int i = 0; i < kMaxTries; ++i) {
    View view;
    ASSIGN_OR_RETURN(view.changes, sources.staging.changes_if_any(tokens_of(branch)));
    ASSIGN_OR_RETURN(view.head, tree_of(sources.commits, repository, branch.commit_id));
    view.base = branch.compacted.value_or(view.head);
    ASSIGN_OR_RETURN(std::optional<Branch> moved, look_again(sources.state, repository, branch));
    if (!moved) return view;
    branch = *std::move(moved);
  }
  return moves_too_fast();
}

std::unique_ptr<tree::Cursor> scan(const Sources& sources, const Repository& repository, View view) {
  auto base = sources.trees.scan(repository.storage_namespace, view.base);
  if (!view.changes) return base;
  std::vector<std::unique_ptr<tree::Cursor>> layers;
  layers.push_back(std::move(view.changes));
  layers.push_back(std::move(base));
  return overlay(std::move(layers));
}

std::unique_ptr<tree::DiffCursor> diff(const Sources& sources, const Repository& repository,
                                       const MetaRangeId& left, View right, tree::Expected expected) {
  const block::Address& ns = repository.storage_namespace;
  if (!right.changes) return sources.trees.diff(ns, left, right.base);
  std::unique_ptr<tree::DiffCursor> below;
  if (left != right.base) below = sources.trees.diff(ns, left, right.base);
  auto changes = sources.trees.pair(ns, left, std::move(right.changes), std::move(expected));
  return overlaid_diff(std::move(changes), std::move(below));
}

Result<tree::Trees::Found> find(const Sources& sources, const Repository& repository, const Resolved& at,
                                std::string_view path) {
  if (!check_path(path)) return not_found();
  const auto find_in = [&](const MetaRangeId& tree) -> Result<tree::Trees::Found> {
    auto found = sources.trees.find(repository.storage_namespace, tree, path);
    if (!found && found.error().code == Code::not_found) return not_found();
    return found;
  };
  if (!at.branch) {
    ASSIGN_OR_RETURN(const MetaRangeId tree, tree_of(sources.commits, repository, at.commit));
    return find_in(tree);
  }

  const Branch* branch = &*at.branch;
  std::optional<Branch> moved;
  for (int i = 0; i < kMaxTries; ++i) {
    // In the token that takes writes there is nothing above a hit, whatever happens meanwhile.
    ASSIGN_OR_RETURN(auto staged, sources.staging.find({&branch->staging_token, 1}, path));
    const bool is_newest = staged.has_value();
    if (!staged) {
      ASSIGN_OR_RETURN(staged, sources.staging.find(branch->sealed_tokens, path));
    }
    auto found = [&]() -> Result<tree::Trees::Found> {
      if (staged && staged->is_tombstone()) return not_found();
      if (staged) return tree::Trees::Found{std::move(staged->bytes), staged->identity, staged->data};
      ASSIGN_OR_RETURN(const MetaRangeId base, base_of(sources.commits, repository, *branch));
      return find_in(base);
    }();
    if (is_newest || (!found && found.error().code != Code::not_found)) return found;
    ASSIGN_OR_RETURN(auto now, look_again(sources.state, repository, *branch));
    if (!now) return found;
    moved = std::move(now);
    branch = &*moved;
  }
  return moves_too_fast();
}

}  // namespace mere::version
