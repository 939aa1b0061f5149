// What clients asked of a repository, what they were answered, and what a restart found: in the order in
// which it happened. A history is judged by checker.h.
//
// Ops are numbered from 1; 0 is the repository's first commit. An op's number is also the value that its put
// writes and the name of the commit that it makes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mere::simulation {

using OpId = std::uint8_t;

inline constexpr std::array<const char*, 6> kPaths = {"a/1", "a/2", "a/3", "b/1", "b/2", "c"};
inline constexpr std::array<const char*, 3> kBranches = {"main", "dev", "hot"};
inline constexpr int kPathsInA = 3;  // "a/" is the prefix that resets and imports are given

// By path: which op's value, or 0 for none.
using Content = std::array<OpId, kPaths.size()>;

enum class Kind {
  put,
  put_if_absent,
  remove,
  read,       // of one path
  list,       // of all
  read_head,  // which commit
  commit,
  merge,
  revert,
  cherry_pick,
  import,
  reset,
  reset_prefix,
  reset_path,
  hard_reset,
  compact,
  create_branch,
  remove_branch,
};
const char* name_of(Kind kind);

enum class Answer {
  none,  // the process died first
  ok,
  not_found,
  exists,
  dirty,
  no_changes,
  conflict,
  no_parent,  // of revert and cherry-pick: not exactly one
  other,      // never right
};
const char* name_of(Answer answer);

struct Op {
  Kind kind = Kind::put;
  std::uint8_t branch = 0;
  std::uint8_t source = 0;  // a branch
  std::uint8_t path = 0;
  Answer answer = Answer::none;
  OpId read = 0;      // what `read` and `read_head` found
  Content listed{};   // what `list` found
  std::string error;  // of `other`
};

// A commit that is on record when all is over.
struct CommitFact {
  Content content{};
  std::vector<OpId> parents;
};

struct BranchFact {
  bool exists = false;
  OpId head = 0;
  Content content{};  // with uncommitted changes
};
using BranchFacts = std::array<BranchFact, kBranches.size()>;

struct Event {
  enum class Kind {
    invoked,
    answered,
    died,   // what was under way has ended, without an answer
    found,  // all branches, nothing else being under way
  };
  Kind kind;
  OpId op = 0;          // of the first two
  BranchFacts found{};  // of the last
};

struct History {
  std::vector<Op> ops;  // [0] is not used
  std::vector<Event> events;
  std::vector<std::optional<CommitFact>> commits;  // by op

  std::string print() const;  // an event a line
};

}  // namespace mere::simulation
