// Merges into a branch.
#include <utility>

#include "version/protection.h"
#include "version/updates_impl.h"

namespace mere::version {
namespace {

std::string_view name_of(tree::MergeStrategy strategy) {
  switch (strategy) {
    case tree::MergeStrategy::none:
      return "default";
    case tree::MergeStrategy::source_wins:
      return "source-wins";
    case tree::MergeStrategy::dest_wins:
      return "dest-wins";
  }
  return "default";
}

}  // namespace

Result<MetaRangeId> Updates::Impl::merge_trees(const Repository& repository, const MergedTrees& sides,
                                               tree::MergeStrategy strategy) const {
  if (sides.source == sides.base) return sides.destination;
  if (sides.destination == sides.base) return sides.source;
  auto merged =
      trees.merge(repository.storage_namespace, sides.destination, sides.source, sides.base, strategy);
  if (merged) return std::move(merged->id);
  if (merged.error().code == Code::conflict) return Error{Code::conflict, "conflict found"};
  return std::move(merged).error();
}

Result<CommitId> Updates::merge(const Repository& repository, const RefExpr& source,
                                const BranchName& destination, const MergeRequest& request) {
  RETURN_IF_ERROR(check_writable(repository, request.force));
  const auto make = [&](const Commit& head) -> Result<Commit> {
    auto source_id = impl_->refs.resolve_commit(repository, source);
    if (!source_id) return with_context("get commit by ref " + source.str(), std::move(source_id).error());
    ASSIGN_OR_RETURN(const auto from, impl_->commits.get(repository, *source_id));
    ASSIGN_OR_RETURN(const auto base, impl_->commits.merge_base(repository, from->id, head.id));
    if (!base) return Error{Code::invalid_argument, "no merge base"};
    ASSIGN_OR_RETURN(const MetaRangeId base_tree, tree_of(impl_->commits, repository, *base));
    if (from->meta_range_id == base_tree && !request.allow_empty && !request.force) {
      return Error{Code::invalid_argument, "no changes"};
    }

    Commit commit;
    ASSIGN_OR_RETURN(commit.meta_range_id,
                     impl_->merge_trees(repository, {head.meta_range_id, from->meta_range_id, base_tree},
                                        request.strategy));
    commit.committer = request.committer;
    commit.message = request.message.empty() ? "Merge '" + source.str() + "' into '" + destination.str() + "'"
                                             : request.message;
    commit.metadata = request.metadata;
    commit.metadata[std::string(kMergeStrategyKey)] = name_of(request.strategy);
    commit.creation_date = impl_->clock.now();
    commit.parents = {head.id};
    if (!request.squash) commit.parents.push_back(from->id);
    commit.generation = generation_after(head.generation, from->generation);
    return with_id(std::move(commit));
  };
  ASSIGN_OR_RETURN(const Commit commit, impl_->put_on_clean_branch(repository, destination, make,
                                                                   "update branch " + destination.str()));
  return commit.id;
}

}  // namespace mere::version
