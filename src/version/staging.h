// Uncommitted changes: per staging token, a sorted list of entries and tombstones in kv::Store.
// A branch's effective change of a path is the first hit over its staging token, then the sealed ones.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kv/store.h"
#include "tree/types.h"
#include "version/staged_counts.h"
#include "version/types.h"

namespace mere::version {

// Owned form of a staged value; empty identity: a tombstone.
struct StagedValue {
  std::shared_ptr<const std::string> bytes;  // what the views are into
  std::string_view identity;
  std::string_view data;
  bool is_tombstone() const { return identity.empty(); }
};

class Staging {
 public:
  explicit Staging(kv::Store& state) : state_(state) {}

  // The effective change of `path` over `tokens` (first hit wins), or nullopt. A token that was dropped
  // meanwhile reads as empty: whoever may race with that looks at the branch again afterwards (view.h).
  Result<std::optional<StagedValue>> find(std::span<const StagingToken> tokens, std::string_view path) const;

  // The effective changes of `tokens` in path order, tombstones included. One thread.
  std::unique_ptr<tree::Cursor> changes(std::span<const StagingToken> tokens) const;
  // The same, or null if there is no change at all.
  Result<std::unique_ptr<tree::Cursor>> changes_if_any(std::span<const StagingToken> tokens) const;

  // False if no token holds a change: one seek a token.
  Result<bool> any(std::span<const StagingToken> tokens) const;

  // Erases the entries of tokens that no branch refers to any more; resumable after a crash: the write
  // that unlinks a token from its branch also puts its key keys::dropped(token).
  static kv::Write mark_dropped(const StagingToken& token);
  // To be told of a write that marked `tokens`, with its outcome, so that they need not be looked for: to
  // find marks is to step over those of all tokens erased lately, thousands on a busy server.
  void note_dropped(std::span<const StagingToken> tokens, const Status& written);
  // Instead, of any number of them.
  void look_for_dropped();
  // Erases the tokens that were noted; at first, when asked to look, after an error, and now and then
  // (another server may have died) all that are marked.
  Status erase_dropped();

  // How much is written to each token: what tells that a branch wants compaction.
  StagedCounts& counts() { return counts_; }
  // The entries of a token, counted up to `at_most`.
  Result<std::uint64_t> count_entries(const StagingToken& token, std::uint64_t at_most) const;

 private:
  Status erase_marked();
  Status erase(std::span<const StagingToken> tokens);

  kv::Store& state_;
  StagedCounts counts_;
  std::mutex dropped_mutex_;
  std::vector<StagingToken> dropped_;  // noted, not erased yet
  int erasures_until_look_ = 0;        // of noted tokens; 0: the next one looks for all that are marked
};

// Its tokens, the one that takes writes first.
std::vector<StagingToken> tokens_of(const Branch& branch);

}  // namespace mere::version
