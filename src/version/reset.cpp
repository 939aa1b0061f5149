// Undoing uncommitted changes, and moving a branch to another commit.
#include <utility>

#include "version/keys.h"
#include "version/names.h"
#include "version/overlay_cursor.h"
#include "version/protection.h"
#include "version/records.h"
#include "version/updates_impl.h"

namespace mere::version {
namespace {

Status check_reset(const Updates::Impl& impl, const Repository& repository, const BranchName& branch,
                   bool force) {
  RETURN_IF_ERROR(check_writable(repository, force));
  ASSIGN_OR_RETURN(const bool blocked,
                   is_protected(impl.repositories, repository, branch, ProtectedAction::staging_write));
  if (blocked) return Error{Code::permission_denied, "cannot write to protected branch"};
  return {};
}

// `branch` without any uncommitted change, at the same commit.
Branch without_changes(const Branch& branch, Random& random) {
  Branch clean = branch;
  clean.staging_token = make_staging_token(random);
  clean.sealed_tokens.clear();
  clean.compacted.reset();
  return clean;
}

// The uncommitted changes of a sealed branch as a tree on top of `target`'s; nullopt if there are none there.
// Only what has an effect on the branch now is carried, so that it does not matter what was compacted.
Result<std::optional<MetaRangeId>> carried_changes(const Updates::Impl& impl, const Repository& repository,
                                                   tree::Cursor& changes, const Branch& branch,
                                                   const CommitId& target) {
  const block::Address& ns = repository.storage_namespace;
  ASSIGN_OR_RETURN(const MetaRangeId head, tree_of(impl.commits, repository, branch.commit_id));
  ASSIGN_OR_RETURN(const MetaRangeId onto, tree_of(impl.commits, repository, target));
  ASSIGN_OR_RETURN(const tree::Built here, impl.trees.apply(ns, head, changes));
  if (!here.changes.any()) return std::optional<MetaRangeId>();
  const auto effective = as_changes(impl.trees.diff(ns, head, here.id));
  ASSIGN_OR_RETURN(const tree::Built there, impl.trees.apply(ns, onto, *effective));
  return there.changes.any() ? std::optional(there.id) : std::nullopt;
}

}  // namespace

Status Updates::reset(const Repository& repository, const BranchName& branch, bool force) {
  RETURN_IF_ERROR(check_reset(*impl_, repository, branch, force));
  return impl_->update(repository, branch, [&](BranchRecord& record) -> Result<bool> {
    ASSIGN_OR_RETURN(const bool is_staged, impl_->staging.any({&record.branch.staging_token, 1}));
    if (!is_staged && record.branch.sealed_tokens.empty() && !record.branch.compacted)
      return is_still(impl_->state, repository, record);
    return impl_->move(repository, record, without_changes(record.branch, impl_->random));
  });
}

// Everything but the changes under the prefix becomes the compacted tree: one swing, whatever their number.
Status Updates::reset_prefix(const Repository& repository, const BranchName& branch, std::string_view prefix,
                             bool force) {
  if (prefix.empty()) return reset(repository, branch, force);
  RETURN_IF_ERROR(check_reset(*impl_, repository, branch, force));
  return impl_->update(repository, branch, [&](BranchRecord& record) -> Result<bool> {
    ASSIGN_OR_RETURN(const bool sealed, impl_->seal(repository, record));
    if (!sealed) return false;
    ASSIGN_OR_RETURN(const auto changes, impl_->sealed_changes(repository, record.branch));
    if (!changes) return is_still(impl_->state, repository, record);
    changes->seek(prefix);
    RETURN_IF_ERROR(changes->status());
    if (!changes->valid() || !changes->record().key.starts_with(prefix))
      return is_still(impl_->state, repository, record);
    return impl_->fold(repository, record, std::string(prefix));
  });
}

Status Updates::reset_path(const Repository& repository, const BranchName& branch, std::string_view path,
                           bool force) {
  if (auto status = check_path(path); !status)
    return with_context("argument path", std::move(status).error());
  RETURN_IF_ERROR(check_reset(*impl_, repository, branch, force));
  return impl_->update(repository, branch, [&](BranchRecord& record) -> Result<bool> {
    const std::string key = keys::staged(record.branch.staging_token, path);
    std::vector<kv::Write> writes;

    ASSIGN_OR_RETURN(const auto below, impl_->staging.find(record.branch.sealed_tokens, path));
    if (!below && !record.branch.compacted) {
      ASSIGN_OR_RETURN(const std::optional<std::string> staged, impl_->state.get(key));
      if (!staged) return is_still(impl_->state, repository, record);
      writes.push_back(kv::Write::erase(key));
    } else {
      // Below the staging token the path may be changed as well: the committed value goes on top.
      const Resolved head{record.branch.commit_id, std::nullopt, false};
      const auto committed = find(impl_->sources(), repository, head, path);
      if (!committed && committed.error().code != Code::not_found) return committed.error();
      writes.push_back(kv::Write::put(
          key, committed ? encode_staged(committed->identity, committed->data) : encode_staged({}, {})));
    }
    // On the branch as it was read only: an erased key under a sealed token would tell later readers nothing.
    writes.push_back(kv::Write::check(keys::branch(repository, branch), kv::Condition::equals(record.bytes)));
    const Status written = impl_->state.write(writes);
    if (written) return true;
    if (written.error().code == Code::conflict) return false;
    return written.error();
  });
}

Status Updates::hard_reset(const Repository& repository, const BranchName& branch, const RefExpr& ref,
                           bool force) {
  RETURN_IF_ERROR(check_writable(repository, force));
  for (const ProtectedAction action : {ProtectedAction::staging_write, ProtectedAction::commit}) {
    ASSIGN_OR_RETURN(const bool blocked, is_protected(impl_->repositories, repository, branch, action));
    if (blocked) return Error{Code::permission_denied, "protected branch"};
  }
  return impl_->update(repository, branch, [&](BranchRecord& record) -> Result<bool> {
    auto commit = impl_->refs.resolve_commit(repository, ref);
    if (!commit) {
      return with_context("hard-reset " + branch.str() + " to " + ref.str(), std::move(commit).error());
    }
    ASSIGN_OR_RETURN(const bool sealed, impl_->seal(repository, record));
    if (!sealed) return false;
    Branch next = record.branch;
    next.commit_id = *std::move(commit);
    next.sealed_tokens.clear();
    next.compacted.reset();
    ASSIGN_OR_RETURN(const auto changes, impl_->sealed_changes(repository, record.branch));
    if (changes) {
      ASSIGN_OR_RETURN(next.compacted,
                       carried_changes(*impl_, repository, *changes, record.branch, next.commit_id));
    }
    return impl_->move(repository, record, next);
  });
}

}  // namespace mere::version
