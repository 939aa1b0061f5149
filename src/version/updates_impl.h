// What the updates of branches share. Each public method of Updates is a few lines in commit.cpp,
// merge.cpp, pick.cpp, import.cpp, reset.cpp or compaction.cpp: built from the steps here.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "version/branch_queue.h"
#include "version/branch_record.h"
#include "version/updates.h"
#include "version/view.h"

namespace mere::version {

struct Updates::Impl {
  kv::Store& state;
  tree::Trees& trees;
  Commits& commits;
  Refs& refs;
  Repositories& repositories;
  Entries& entries;
  Staging& staging;
  const Clock& clock;
  Random& random;
  WorkQueue& background;
  UpdateOptions options;
  BranchQueue queue{};

  Sources sources() const { return {state, trees, commits, staging}; }

  // --- steps of an update; the caller has the branch's turn -----------------------------------------

  // Moves the staged changes out of the writers' way: the staging token becomes the newest sealed one
  // and a fresh one takes its place. `record` is then the branch as written. Nothing is done if nothing
  // is staged, on the branch as in `record`. False: somebody else changed the branch.
  Result<bool> seal(const Repository& repository, BranchRecord& record);

  // Writes `next` and `more` in one batch if the branch is still as in `record`, and marks for erasure
  // every token that `next` no longer refers to. `record` is then the branch as written.
  // False: somebody else changed the branch.
  Result<bool> move(const Repository& repository, BranchRecord& record, const Branch& next,
                    std::vector<kv::Write> more = {});

  // The changes of the sealed tokens and the compacted tree against the head's tree; null if there are none.
  Result<std::unique_ptr<tree::Cursor>> sealed_changes(const Repository& repository, const Branch& branch);

  // Seals, and makes sure that no change on the branch has an effect: else `invalid_argument`
  // "uncommitted changes (dirty branch)". False: somebody else changed the branch.
  Result<bool> require_clean(const Repository& repository, BranchRecord& record);

  // The tree of a three-way merge; `conflict` "conflict found".
  struct MergedTrees {
    const MetaRangeId& destination;
    const MetaRangeId& source;
    const MetaRangeId& base;
  };
  Result<MetaRangeId> merge_trees(const Repository& repository, const MergedTrees& sides,
                                  tree::MergeStrategy strategy) const;

  // Folds the sealed tokens into the branch's compacted tree; `prefix`: without the changes under it.
  // False: somebody else changed the branch.
  Result<bool> fold(const Repository& repository, BranchRecord& record,
                    const std::optional<std::string>& prefix);

  // A commit on `head` with the id that its fields give.
  Commit commit_on(const Commit& head, const CommitRequest& request, const MetaRangeId& tree) const;

  // --- whole updates: each takes the branch's turn ---------------------------------------------------

  // Calls `attempt` with the branch as it is now until it answers true; false: somebody else changed it.
  using Attempt = std::function<Result<bool>(BranchRecord& record)>;
  Status repeat(const Repository& repository, const BranchName& branch, const Attempt& attempt);
  // The same, and has the tokens that it dropped erased.
  Status update(const Repository& repository, const BranchName& branch, const Attempt& attempt);

  // Puts the commit that `make` gives for the head on a clean branch, repeating all of it while others
  // move the branch. Errors of `make` get `context` in front. `note` as in ImportRequest.
  using MakeCommit = std::function<Result<Commit>(const Commit& head)>;
  using Note = std::function<Result<kv::Write>(const Commit& commit)>;
  Result<Commit> put_on_clean_branch(const Repository& repository, const BranchName& branch,
                                     const MakeCommit& make, std::string_view context = {},
                                     const Note& note = {});
  Result<Commit> commit_tree(const Repository& repository, const BranchName& branch,
                             const CommitRequest& request);

  // Folds all changes of the branch.
  Status compact(const Repository& repository, const BranchName& branch);

  // `not_found` "branch not found".
  Status check_branch(const Repository& repository, const BranchName& branch) const;

  // --- background ----------------------------------------------------------------------------------
  // The `later` ones only without a turn (submitting may wait for work that waits for the turn) and not
  // from the background itself.

  // Erases dropped tokens, if move() has dropped any since the last time. While updates are under way, only
  // many together: the last of them has the rest erased.
  void clean_up();
  void clean_up_later();
  bool is_due_for_clean_up() const;
  // Counts what is staged on the branch, and compacts it if that is much.
  void look(const Repository& repository, const BranchName& branch, StagedCounts::Reason reason);
  void look_later(const Repository& repository, const BranchName& branch, StagedCounts::Reason reason);
  void run_in_background(std::function<void()> work);
  void wait_for_background();

  // While it lives, an update is under way. Followed by clean_up() or clean_up_later().
  class UnderWay {
   public:
    explicit UnderWay(Impl& impl) : count_(impl.under_way) { ++count_; }
    UnderWay(const UnderWay&) = delete;
    ~UnderWay() { --count_; }

   private:
    std::atomic<int>& count_;
  };

  std::atomic<int> under_way = 0;
  std::atomic<std::size_t> dropped = 1;  // tokens to be erased; at start: what a crash left
  std::atomic<bool> is_cleaning = false;
  std::atomic<int> looks = 0;
  std::mutex background_mutex{};
  std::condition_variable background_done{};
  int background_works = 0;
};

// `commit` with its id, the one its fields give.
Commit with_id(Commit commit);

// One more than the larger generation; the largest stays, since a record made elsewhere may claim it.
std::int32_t generation_after(std::int32_t one, std::int32_t other = 0);

// Tree ids that callers name become part of an address: `invalid_argument` unless it is "" or 64 hex digits.
Status check_metarange_id(const MetaRangeId& id);

// What a merge notes in its commit's metadata.
inline constexpr std::string_view kMergeStrategyKey = ".lakefs.merge.strategy";

// The sealed tokens of a branch that this many failed updates left are folded before more are sealed.
inline constexpr std::size_t kMaxSealedTokens = 16;

Error dirty_branch();

}  // namespace mere::version
