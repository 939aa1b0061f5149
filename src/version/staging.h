// Uncommitted changes: per staging token, a sorted list of entries and tombstones in kv::Store.
// A branch's effective change of a path is the first hit over its staging token, then the sealed ones.
#pragma once

#include <memory>
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
  std::string identity;
  std::string data;
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
  // All that are marked. Steps over the marks of tokens erased before, until the store forgets those.
  Status erase_dropped();
  // Only these, which are marked: costs nothing but them. Those that fail are left to erase_dropped().
  Status erase_dropped(std::span<const StagingToken> tokens);

  // How much is written to each token: what tells that a branch wants compaction.
  StagedCounts& counts() { return counts_; }
  // The entries of a token, counted up to `at_most`.
  Result<std::uint64_t> count_entries(const StagingToken& token, std::uint64_t at_most) const;

 private:
  kv::Store& state_;
  StagedCounts counts_;
};

// Its tokens, the one that takes writes first.
std::vector<StagingToken> tokens_of(const Branch& branch);

}  // namespace mere::version
