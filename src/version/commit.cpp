// Commits. Those that wait for one branch together are one update: the changes go into the first, the
// others are chained to it with the same tree (docs/design/0003-branch-updates.md).
#include <utility>
#include <vector>

#include "version/backoff.h"
#include "version/history.h"
#include "version/keys.h"
#include "version/protection.h"
#include "version/updates_impl.h"

namespace mere::version {
namespace {

constexpr std::size_t kMaxGroup = 64;  // commits that one update combines

struct Waiting final : BranchQueue::Ticket {
  explicit Waiting(const CommitRequest& asked) : request(asked) {}

  const CommitRequest& request;
  Result<Commit> outcome = too_many_attempts();
};

Error no_changes() {
  return {Code::invalid_argument, "commit: no changes"};
}

using Group = std::vector<Waiting*>;

// Notes the paths of the changes that pass.
class NotingCursor final : public tree::Cursor {
 public:
  NotingCursor(std::unique_ptr<tree::Cursor> changes, ChangeFilterBuilder& filter)
      : changes_(std::move(changes)), filter_(filter) {
    note();
  }
  bool valid() const override { return changes_->valid(); }
  const tree::Record& record() const override { return changes_->record(); }
  Status status() const override { return changes_->status(); }
  void next() override {
    changes_->next();
    note();
  }
  void seek(std::string_view key) override {
    changes_->seek(key);
    note();
  }

 private:
  void note() {
    if (changes_->valid()) filter_.add(changes_->record().key);
  }
  std::unique_ptr<tree::Cursor> changes_;
  ChangeFilterBuilder& filter_;
};

void fail(const Group& group, const Error& error) {
  for (Waiting* waiting : group) waiting->outcome = error;
}

class CommitGroup {
 public:
  CommitGroup(Updates::Impl& impl, const Repository& repository, const BranchName& branch, const Group& group)
      : impl_(impl), repository_(repository), branch_(branch), group_(group) {}

  // Gives every member its outcome.
  void run() {
    Backoff backoff(impl_.random);
    do {
      const Result<bool> done = attempt();
      if (!done) return fail(group_, done.error());
      if (*done) return;
    } while (backoff.wait());
    fail(group_, too_many_attempts());
  }

 private:
  // False: somebody else changed the branch.
  Result<bool> attempt() {
    ASSIGN_OR_RETURN(BranchRecord record, read_branch(impl_.state, repository_, branch_));
    ASSIGN_OR_RETURN(const bool sealed, impl_.seal(repository_, record));
    if (!sealed) return false;
    ASSIGN_OR_RETURN(const auto head, impl_.commits.get(repository_, record.branch.commit_id));
    MetaRangeId tree = head->meta_range_id;
    ChangeFilterBuilder filter;
    ASSIGN_OR_RETURN(auto sealed_changes, impl_.sealed_changes(repository_, record.branch));
    if (sealed_changes) {
      NotingCursor changes(std::move(sealed_changes), filter);
      ASSIGN_OR_RETURN(tree::Built built, impl_.trees.apply(repository_.storage_namespace, tree, changes));
      if (built.changes.any()) {
        tree = std::move(built.id);
        had_changes_ = true;
      }
    }
    return put(record, *head, tree, filter);
  }

  // Chains one commit a member onto `head`. If the group's changes went into another server's commit
  // between two attempts, that counts like going into another member's.
  Result<bool> put(BranchRecord& record, const Commit& head, const MetaRangeId& tree,
                   const ChangeFilterBuilder& changed) {
    Branch next = record.branch;
    next.sealed_tokens.clear();
    next.compacted.reset();
    std::vector<std::pair<Waiting*, Commit>> chain;
    std::vector<kv::Write> writes;
    for (Waiting* waiting : group_) {
      if (!had_changes_ && !waiting->request.allow_empty) continue;
      Commit commit = impl_.commit_on(chain.empty() ? head : chain.back().second, waiting->request, tree);
      writes.push_back(Commits::put(repository_, commit));
      // The first has all the changes.
      const ChangeFilterBuilder& of_commit = chain.empty() ? changed : ChangeFilterBuilder();
      writes.push_back(History::put(repository_, commit.id, of_commit.finish()));
      next.commit_id = commit.id;
      chain.emplace_back(waiting, std::move(commit));
    }
    // Changes without an effect are dropped even where nothing is committed: they would only pile up.
    if (next != record.branch) {
      ASSIGN_OR_RETURN(const bool moved, impl_.move(repository_, record, next, std::move(writes)));
      if (!moved) return false;
    }
    fail(group_, no_changes());
    for (auto& [waiting, commit] : chain) waiting->outcome = std::move(commit);
    return true;
  }

  Updates::Impl& impl_;
  const Repository& repository_;
  const BranchName& branch_;
  const Group& group_;
  bool had_changes_ = false;
};

}  // namespace

Result<Commit> Updates::commit(const Repository& repository, const BranchName& branch,
                               const CommitRequest& request) {
  RETURN_IF_ERROR(check_writable(repository, request.force));
  ASSIGN_OR_RETURN(const bool blocked,
                   is_protected(impl_->repositories, repository, branch, ProtectedAction::commit));
  if (blocked) return Error{Code::permission_denied, "cannot commit to protected branch"};
  if (request.source_metarange) return impl_->commit_tree(repository, branch, request);

  Waiting own(request);
  const std::string key = keys::branch(repository, branch);
  {
    const Impl::UnderWay here(*impl_);
    if (impl_->queue.enter_servable(key, own)) {
      const std::vector<BranchQueue::Ticket*> others = impl_->queue.take_servable(key, kMaxGroup - 1);
      Group group = {&own};
      for (BranchQueue::Ticket* other : others) group.push_back(static_cast<Waiting*>(other));
      CommitGroup(*impl_, repository, branch, group).run();
      impl_->queue.leave(key, others);
    }
  }
  impl_->clean_up_later();
  return std::move(own.outcome);
}

Result<Commit> Updates::Impl::commit_tree(const Repository& repository, const BranchName& branch,
                                          const CommitRequest& request) {
  RETURN_IF_ERROR(check_metarange_id(*request.source_metarange));
  if (!request.source_metarange->empty()) {
    RETURN_IF_ERROR(trees.check_exists(repository.storage_namespace, request.source_metarange->str()));
  }
  auto commit = put_on_clean_branch(repository, branch, [&](const Commit& head) -> Result<Commit> {
    return commit_on(head, request, *request.source_metarange);
  });
  if (!commit && commit.error() == dirty_branch()) {
    return Error{Code::invalid_argument, "cannot use source MetaRange on a branch with uncommitted changes"};
  }
  return commit;
}

}  // namespace mere::version
