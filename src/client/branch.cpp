#include "client/branch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/random.h"

namespace mere::client {
namespace {

constexpr std::size_t kPathsARequest = 1000;

// The hidden branch of a transaction, removed at the end however that comes. That it stays must hide neither
// success nor the cause of a failure.
class WorkingBranch {
 public:
  WorkingBranch(Branch branch, bool keep) : branch_(std::move(branch)), keep_(keep) {}
  ~WorkingBranch() {
    if (keep_) return;
    const Status removed = branch_.remove();
    if (!removed) {
      log::warn("the branch of a finished transaction could not be removed",
                {{"branch", branch_.uri()}, {"error", removed.error().message}});
    }
  }
  WorkingBranch(const WorkingBranch&) = delete;

  const Branch& operator*() const { return branch_; }
  const Branch* operator->() const { return &branch_; }
  void finished() { keep_ = false; }

 private:
  Branch branch_;
  bool keep_;
};

}  // namespace

Status Branch::create(const Reference& source, bool hidden) const {
  api::BranchCreation creation;
  creation.name = id_;
  creation.source = source.id();
  creation.hidden = hidden;
  const auto made = about(uri(), api_.create_branch({.repository = repository_}, creation));
  if (!made) return made.error();
  return {};
}

Status Branch::remove() const {
  return about(uri(), api_.delete_branch({.repository = repository_, .branch = id_}));
}

Result<std::string> Branch::head() const {
  ASSIGN_OR_RETURN(api::Ref found, about(uri(), api_.get_branch({.repository = repository_, .branch = id_})));
  return std::move(found.commit_id);
}

Result<std::string> Branch::commit(std::string message, const CommitOptions& options) const {
  api::CommitCreation creation;
  creation.message = std::move(message);
  if (!options.metadata.empty()) creation.metadata = options.metadata;
  creation.allow_empty = options.allow_empty;
  creation.force = options.force;
  ASSIGN_OR_RETURN(api::Commit made,
                   about(uri(), api_.commit({.repository = repository_, .branch = id_}, creation)));
  return std::move(made.id);
}

Listing<api::Diff> Branch::uncommitted(std::string prefix) const {
  api::DiffBranchParams params;
  params.repository = repository_;
  params.branch = id_;
  params.prefix = std::move(prefix);
  params.amount = 1000;
  return listing_of<api::Diff>(
      [api = api_, params = std::move(params), uri = uri()](const std::string& after) {
        api::DiffBranchParams page = params;
        page.after = after;
        return about(uri, api.diff_branch(page));
      });
}

Status Branch::reset_to(api::ResetCreationType type, std::optional<std::string> path) const {
  api::ResetCreation creation;
  creation.type = type;
  creation.path = std::move(path);
  return about(uri(), api_.reset_branch({.repository = repository_, .branch = id_}, creation));
}

Status Branch::reset() const {
  return reset_to(api::ResetCreationType::reset, std::nullopt);
}

Status Branch::reset_object(std::string path) const {
  return reset_to(api::ResetCreationType::object, std::move(path));
}

Status Branch::reset_prefix(std::string prefix) const {
  return reset_to(api::ResetCreationType::common_prefix, std::move(prefix));
}

Status Branch::revert(const Reference& commit, int parent) const {
  api::RevertCreation creation;
  creation.ref = commit.id();
  creation.parent_number = parent;
  return about(uri(), api_.revert_branch({.repository = repository_, .branch = id_}, creation));
}

Result<std::string> Branch::cherry_pick(const Reference& commit, std::optional<int> parent) const {
  api::CherryPickCreation creation;
  creation.ref = commit.id();
  creation.parent_number = parent;
  ASSIGN_OR_RETURN(api::Commit made,
                   about(uri(), api_.cherry_pick({.repository = repository_, .branch = id_}, creation)));
  return std::move(made.id);
}

Status Branch::remove_objects(const std::vector<std::string>& paths) const {
  for (std::size_t start = 0; start < paths.size(); start += kPathsARequest) {
    const auto first = paths.begin() + static_cast<std::ptrdiff_t>(start);
    const auto count = std::min(kPathsARequest, paths.size() - start);
    const api::PathList batch{{first, first + static_cast<std::ptrdiff_t>(count)}};
    ASSIGN_OR_RETURN(const api::ObjectErrorList failed,
                     about(uri(), api_.delete_objects({.repository = repository_, .branch = id_}, batch)));
    for (const api::ObjectError& one : failed.errors) {
      if (one.status_code == 404) continue;
      return Error{code_of(static_cast<int>(one.status_code), "deleteObjects"),
                   fmt::format("{}: {}", object(one.path.value_or("")).uri().to_string(), one.message)};
    }
  }
  return {};
}

Result<std::string> Branch::transact(const TransactionOptions& options,
                                     const std::function<Status(const Branch& work)>& work) const {
  // Without this branch's name, which may be as long as names can be.
  const Branch hidden(api_, repository_, "tx-" + random_uuid(system_random()));
  RETURN_IF_ERROR(hidden.create(*this, /*hidden=*/true));
  WorkingBranch working(hidden, options.keep_failed);
  RETURN_IF_ERROR(work(*working));
  CommitOptions commit;
  commit.metadata = options.metadata;
  RETURN_IF_ERROR(working->commit(options.message, commit));
  MergeOptions merge;
  merge.message = fmt::format("Merge transaction {} to branch", hidden.id());
  ASSIGN_OR_RETURN(std::string merged, working->merge_into(*this, merge));
  working.finished();
  if (!options.tag.empty()) {
    RETURN_IF_ERROR(Tag(api_, repository_, options.tag).create(Reference(api_, repository_, merged)));
  }
  return merged;
}

}  // namespace mere::client
