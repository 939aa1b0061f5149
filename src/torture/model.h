// What a client's branches, tags and settings must be: the oracle. Plain values, without a lake.
//
// A Model knows one client's part of a repository, which nobody else changes. Its commits are numbered as
// they are made: the id of one whose answer was lost is learnt later.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "torture/operation.h"

namespace mere::torture {

using Tree = std::map<std::string, ObjectState>;  // by path
using TreePtr = std::shared_ptr<const Tree>;
using Staged = std::map<std::string, std::optional<ObjectState>>;  // nullopt: deleted

struct CommitState {
  std::string id{};  // "": not known yet
  std::string message{};
  std::vector<std::size_t> parents{};
  TreePtr tree{};
};

struct BranchState {
  std::size_t head = 0;  // a commit's number
  Staged staged{};       // each differs from the head
};

class Model {
 public:
  // Begins with one commit, number 0, whose tree is empty.
  explicit Model(std::string first_commit_id);

  // What `operation` makes of it, and what the lake must answer: nullopt, or why it refuses. A merge, revert
  // or cherry-pick that changes no object is refused only if the trees have equal ids, which depends on how
  // they came to be: with `may_be_empty` it makes a commit here.
  std::optional<Code> apply(const Operation& operation, bool may_be_empty = false);
  // The commit that the last apply() made; nullopt if it made none.
  std::optional<std::size_t> made() const { return made_; }

  Tree tree_of(const BranchState& branch) const;  // with what is uncommitted
  // The common ancestor that a merge starts from; nullopt where there are several that no other one
  // descends from, between which only the lake can choose.
  std::optional<std::size_t> merge_base(std::size_t one, std::size_t other) const;

  std::map<std::string, BranchState> branches;
  std::map<std::string, std::size_t> tags;
  std::map<std::string, std::string> settings;
  std::vector<CommitState> commits;

 private:
  std::optional<Code> put_commit(const std::string& branch, std::string message,
                                 std::vector<std::size_t> parents, TreePtr tree);
  std::optional<Code> merge_trees(const Operation& operation, const Tree& base, const Tree& source,
                                  std::vector<std::size_t> parents, bool may_be_empty);
  std::optional<Code> merge(const Operation& operation, bool may_be_empty);
  std::optional<Code> import(const Operation& operation);
  std::optional<Code> pick(const Operation& operation, bool may_be_empty);
  void stage(BranchState& branch, const std::string& path, std::optional<ObjectState> object) const;
  void move(BranchState& branch, std::size_t commit) const;
  std::set<std::size_t> ancestors(std::size_t commit) const;  // and itself

  std::optional<std::size_t> made_;
};

// The three-way merge of trees; nullopt: both sides changed a path, and no strategy decides.
std::optional<Tree> merged(const Tree& base, const Tree& source, const Tree& destination,
                           const std::string& strategy);

}  // namespace mere::torture
