// Revert and cherry-pick: the change of one commit, undone or repeated on a branch.
#include <algorithm>
#include <utility>

#include "version/protection.h"
#include "version/updates_impl.h"

namespace mere::version {
namespace {

Result<std::shared_ptr<const Commit>> commit_of(Updates::Impl& impl, const Repository& repository,
                                                const RefExpr& ref) {
  auto id = impl.refs.resolve_commit(repository, ref);
  if (!id) return with_context("get commit from ref " + ref.str(), std::move(id).error());
  return impl.commits.get(repository, *id);
}

constexpr std::string_view kNoSuchParent = "given commit does not have the given parent number";

}  // namespace

Result<Commit> Updates::revert(const Repository& repository, const BranchName& branch, const RefExpr& ref,
                               const RevertRequest& request) {
  RETURN_IF_ERROR(check_writable(repository, request.force));
  if (request.parent_number < 0) {
    return Error{Code::invalid_argument, "argument parentNumber: invalid value: validation error"};
  }
  ASSIGN_OR_RETURN(const auto reverted, commit_of(*impl_, repository, ref));
  if (request.parent_number == 0 && reverted->parents.size() > 1) {
    return Error{Code::conflict, "must specify 1-based parent number for reverting merge commit"};
  }
  const int parent = std::max(request.parent_number, 1);
  if (static_cast<std::size_t>(parent) > reverted->parents.size()) {
    return Error{Code::invalid_argument, std::string(kNoSuchParent) + ": parent " + std::to_string(parent)};
  }
  RETURN_IF_ERROR(impl_->check_branch(repository, branch));
  ASSIGN_OR_RETURN(const MetaRangeId before,
                   tree_of(impl_->commits, repository, reverted->parents[parent - 1]));

  const auto make = [&](const Commit& head) -> Result<Commit> {
    ASSIGN_OR_RETURN(MetaRangeId tree,
                     impl_->merge_trees(repository, {head.meta_range_id, before, reverted->meta_range_id},
                                        tree::MergeStrategy::none));
    if (tree == head.meta_range_id && !request.allow_empty)
      return Error{Code::invalid_argument, "no changes"};
    CommitRequest commit;
    commit.committer = request.committer;
    commit.message = request.overrides.message.value_or("Revert " + reverted->id.str());
    commit.metadata = request.overrides.metadata.value_or(Metadata());
    return impl_->commit_on(head, commit, tree);
  };
  return impl_->put_on_clean_branch(repository, branch, make, "update branch");
}

Result<Commit> Updates::cherry_pick(const Repository& repository, const BranchName& branch,
                                    const RefExpr& ref, const CherryPickRequest& request) {
  RETURN_IF_ERROR(check_writable(repository, request.force));
  if (request.parent_number && *request.parent_number <= 0) {
    return Error{Code::invalid_argument,
                 "argument parentNumber: value should be greater than 0: invalid value: validation error"};
  }
  ASSIGN_OR_RETURN(const auto picked, commit_of(*impl_, repository, ref));
  if (!request.parent_number && picked->parents.size() > 1) {
    return Error{Code::invalid_argument,
                 "must specify 1-based parent number for cherry-picking merge commit"};
  }
  const int parent = request.parent_number.value_or(1);
  if (static_cast<std::size_t>(parent) > picked->parents.size()) {
    return Error{Code::invalid_argument,
                 "parent " + std::to_string(parent) + ": " + std::string(kNoSuchParent)};
  }
  RETURN_IF_ERROR(impl_->check_branch(repository, branch));
  ASSIGN_OR_RETURN(const MetaRangeId before,
                   tree_of(impl_->commits, repository, picked->parents[parent - 1]));

  const auto make = [&](const Commit& head) -> Result<Commit> {
    if (picked->meta_range_id == before && !request.force) return Error{Code::invalid_argument, "no changes"};
    ASSIGN_OR_RETURN(const MetaRangeId tree,
                     impl_->merge_trees(repository, {head.meta_range_id, picked->meta_range_id, before},
                                        tree::MergeStrategy::none));
    CommitRequest commit;
    commit.committer = request.committer;
    commit.message = request.overrides.message.value_or(picked->message);
    commit.metadata = request.overrides.metadata.value_or(picked->metadata);
    commit.metadata["cherry-pick-origin"] = picked->id.str();
    commit.metadata["cherry-pick-committer"] = picked->committer;
    return impl_->commit_on(head, commit, tree);
  };
  return impl_->put_on_clean_branch(repository, branch, make, "update branch");
}

}  // namespace mere::version
