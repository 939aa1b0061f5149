// What a branch is that several clients work on at once, as a specification for linearizability.h.
//
// It says what the API promises and no more: a commit takes what was written before it began, and of what
// is written meanwhile some or none; so does all that moves the branch. That is two steps, each at an
// instant: `seal`, which sets apart what is uncommitted, and `land`, which moves the head. Between them
// writes go on, on top of both (docs/design/0003).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "torture/linearizability.h"

namespace mere::torture {

inline constexpr std::size_t kSharedKeys = 4;
using SharedTree = std::array<std::int64_t, kSharedKeys>;  // a content's number; 0: not there

// A commit has the number of the operation that made it; the one that the branch was at first has 0.
struct SharedAction {
  enum class Kind {
    put,              // `value` at `key`
    remove,           // `key`
    get,              // saw `value` at `key`
    read_head,        // saw the branch at `commit`
    seal,             // the first step of a commit: `commit`
    land,             // its second, on top of `parent`, with the tree `landed`
    refuse_commit,    // nothing to commit
    seal_clean,       // the first step of a merge: nothing may be uncommitted
    land_merge,       // of `tree` with the common ancestor `base`, on top of `parent`
    refuse_dirty,     // a merge: something is uncommitted
    refuse_conflict,  // a merge: both sides changed a key
    reset,            // what is uncommitted goes
    seal_move,        // the first step of a move
    land_move,        // the branch is at `commit`, which has `tree`
    read_all,         // saw `commit` as head with `tree`, and `visible` on the branch
  };
  Kind kind = Kind::get;
  std::size_t key = 0;
  std::int64_t value = 0;
  std::int64_t commit = 0;
  std::int64_t parent = 0;
  std::int64_t operation = 0;  // whose step it is
  bool is_open = false;        // nobody knows whether it happened
  SharedTree tree{}, base{}, visible{};
  std::optional<SharedTree> landed{};  // what the commit that was made has, where that is known
};
inline constexpr std::int64_t kAnyParent = -1;  // of a commit that nobody saw

class SharedBranch {
 public:
  using Action = SharedAction;
  struct State {
    static constexpr std::int64_t kUnchanged = -1;  // in sealed and staged; 0: deleted
    std::int64_t head = 0;
    SharedTree tree{};
    SharedTree sealed = unchanged();
    SharedTree staged = unchanged();
    std::vector<std::int64_t> group{};  // who sealed and has not landed
    bool is_group_open = false;         // of whom nobody knows whether they still will
    bool has_group_changes = false;     // it has landed something

    static SharedTree unchanged() {
      SharedTree none;
      none.fill(kUnchanged);
      return none;
    }
    std::int64_t below(std::size_t key) const { return sealed[key] != kUnchanged ? sealed[key] : tree[key]; }
    std::int64_t visible(std::size_t key) const {
      return staged[key] != kUnchanged ? staged[key] : below(key);
    }
    void append_to(std::string& key) const;
  };

  std::vector<State> step(const State& state, const Action& action) const;
};

using SharedEvent = Event<SharedAction>;

}  // namespace mere::torture
