// What moves a branch: commit, merge, revert, cherry-pick, import, reset. Any thread may call any method.
//
// Updates of one branch queue in this process and never fail for contention among themselves; against
// other servers each is one compare-and-set on the branch, repeated with back-off. Commits that wait
// together are combined: one seal, one tree, one synced batch. A crash at any instant leaves the old
// head or the new one; writes that were acknowledged are in a commit or still uncommitted.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/executor.h"
#include "kv/store.h"
#include "tree/trees.h"
#include "version/entries.h"
#include "version/refs.h"
#include "version/types.h"

namespace mere::version {

struct CommitRequest {
  std::string committer;
  std::string message;
  Metadata metadata;
  std::optional<std::int64_t> date;  // Unix seconds instead of now
  bool allow_empty = false;
  bool force = false;
  std::optional<MetaRangeId> source_metarange;  // commit this tree; the branch must be clean
};

struct MergeRequest {
  std::string committer;
  std::string message;  // "": "Merge '<source>' into '<destination>'"
  Metadata metadata;
  tree::MergeStrategy strategy = tree::MergeStrategy::none;
  bool squash = false;
  bool allow_empty = false;
  bool force = false;
};

struct CommitOverrides {
  std::optional<std::string> message;
  std::optional<Metadata> metadata;
};

struct RevertRequest {
  std::string committer;
  int parent_number = 0;
  CommitOverrides overrides;
  bool allow_empty = false;
  bool force = false;
};

struct CherryPickRequest {
  std::string committer;
  std::optional<int> parent_number;
  CommitOverrides overrides;
  bool force = false;
};

// A tree of imported records, and what it takes the place of.
struct ImportRequest {
  CommitRequest commit;  // metadata as given; the import adds its own key
  MetaRangeId records;
  std::vector<std::string> replaced_prefixes;  // each ends in '/' or is ""
  std::vector<std::string> replaced_keys;
  // Asked for a write that goes into the batch which moves the branch to the commit: what tells that the
  // import has happened. Asked again where another update came first. May be empty.
  std::function<Result<kv::Write>(const Commit&)> note{};
};

struct UpdateOptions {
  // A branch whose uncommitted changes exceed this many entries since the last look is compacted in the
  // background. So is one whose listings step over many deletions.
  std::uint64_t compact_after_entries = 50'000;
};

class Updates {
 public:
  // `background` runs token clean-up and compaction.
  Updates(kv::Store& state, tree::Trees& trees, Commits& commits, Refs& refs, Repositories& repositories,
          Entries& entries, Staging& staging, const Clock& clock, Random& random, WorkQueue& background,
          UpdateOptions options);
  ~Updates();

  // Messages and codes of every method: behaviour, sections 6, 7, 9, 10.
  Result<Commit> commit(const Repository& repository, const BranchName& branch, const CommitRequest& request);
  Result<CommitId> merge(const Repository& repository, const RefExpr& source, const BranchName& destination,
                         const MergeRequest& request);
  Result<Commit> revert(const Repository& repository, const BranchName& branch, const RefExpr& ref,
                        const RevertRequest& request);
  Result<Commit> cherry_pick(const Repository& repository, const BranchName& branch, const RefExpr& ref,
                             const CherryPickRequest& request);
  Result<Commit> import(const Repository& repository, const BranchName& branch, const ImportRequest& request);
  // A record as given, without moving a branch; its id must be the one its fields give.
  Status create_commit_record(const Repository& repository, const Commit& commit, bool force);

  // Undo uncommitted changes: all, under a plain prefix, of one path.
  Status reset(const Repository& repository, const BranchName& branch, bool force);
  Status reset_prefix(const Repository& repository, const BranchName& branch, std::string_view prefix,
                      bool force);
  Status reset_path(const Repository& repository, const BranchName& branch, std::string_view path,
                    bool force);
  // Moves the branch to a commit; its uncommitted changes stay, now on top of that commit.
  Status hard_reset(const Repository& repository, const BranchName& branch, const RefExpr& ref, bool force);

  // Folds the uncommitted changes of a branch into a tree, so that reads stay fast; nothing visible changes.
  Status compact(const Repository& repository, const BranchName& branch);

  struct Impl;  // updates_impl.h

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace mere::version
