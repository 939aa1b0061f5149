#include "torture/model.h"

#include <algorithm>
#include <utility>

#include "torture/import_source.h"

namespace mere::torture {
namespace {

const ObjectState* find(const Tree& tree, const std::string& path) {
  const auto found = tree.find(path);
  return found == tree.end() ? nullptr : &found->second;
}

bool same(const ObjectState* one, const ObjectState* other) {
  return one && other ? *one == *other : one == other;
}

}  // namespace

std::optional<Tree> merged(const Tree& base, const Tree& source, const Tree& destination,
                           const std::string& strategy) {
  Tree result = destination;
  const auto take = [&](const std::string& path) {
    const ObjectState* const was = find(base, path);
    const ObjectState* const theirs = find(source, path);
    const ObjectState* const ours = find(destination, path);
    if (same(theirs, was) || same(theirs, ours)) return true;
    if (!same(ours, was) && strategy.empty()) return false;
    if (!same(ours, was) && strategy == "dest-wins") return true;
    if (theirs)
      result[path] = *theirs;
    else
      result.erase(path);
    return true;
  };
  for (const auto& [path, object] : base) {
    if (!take(path)) return std::nullopt;
  }
  for (const auto& [path, object] : source) {
    if (!base.contains(path) && !take(path)) return std::nullopt;
  }
  return result;
}

Model::Model(std::string first_commit_id) {
  commits.push_back({std::move(first_commit_id), "", {}, std::make_shared<const Tree>()});
}

Tree Model::tree_of(const BranchState& branch) const {
  Tree tree = *commits[branch.head].tree;
  for (const auto& [path, object] : branch.staged) {
    if (object)
      tree[path] = *object;
    else
      tree.erase(path);
  }
  return tree;
}

// Only what has an effect is kept: a value that the head has as well, or the deletion of what is not there,
// is no change, and no later update may find one in it.
void Model::stage(BranchState& branch, const std::string& path, std::optional<ObjectState> object) const {
  if (same(object ? &*object : nullptr, find(*commits[branch.head].tree, path)))
    branch.staged.erase(path);
  else
    branch.staged[path] = std::move(object);
}

std::set<std::size_t> Model::ancestors(std::size_t commit) const {
  std::set<std::size_t> found;
  std::vector<std::size_t> next{commit};
  while (!next.empty()) {
    const std::size_t at = next.back();
    next.pop_back();
    if (!found.insert(at).second) continue;
    next.insert(next.end(), commits[at].parents.begin(), commits[at].parents.end());
  }
  return found;
}

std::optional<std::size_t> Model::merge_base(std::size_t one, std::size_t other) const {
  const std::set<std::size_t> left = ancestors(one), right = ancestors(other);
  std::set<std::size_t> common;
  std::set_intersection(left.begin(), left.end(), right.begin(), right.end(),
                        std::inserter(common, common.end()));
  std::set<std::size_t> best = common;
  for (const std::size_t commit : common) {
    for (const std::size_t parent : commits[commit].parents) {
      for (const std::size_t beaten : ancestors(parent)) best.erase(beaten);
    }
  }
  if (best.size() != 1) return std::nullopt;
  return *best.begin();
}

std::optional<Code> Model::put_commit(const std::string& branch, std::string message,
                                      std::vector<std::size_t> parents, TreePtr tree) {
  made_ = commits.size();
  commits.push_back({"", std::move(message), std::move(parents), std::move(tree)});
  branches.at(branch) = {*made_, {}};
  return std::nullopt;
}

std::optional<Code> Model::merge_trees(const Operation& operation, const Tree& base, const Tree& source,
                                       std::vector<std::size_t> parents, bool may_be_empty) {
  const Tree& head = *commits[branches.at(operation.branch).head].tree;
  std::optional<Tree> tree = merged(base, source, head, operation.strategy);
  if (!tree) return Code::conflict;
  if (*tree == head && !may_be_empty) return Code::invalid_argument;
  return put_commit(operation.branch, operation.text, std::move(parents),
                    std::make_shared<const Tree>(*std::move(tree)));
}

std::optional<Code> Model::merge(const Operation& operation, bool may_be_empty) {
  const BranchState& branch = branches.at(operation.branch);
  if (!branch.staged.empty()) return Code::invalid_argument;
  const std::size_t from = branches.at(operation.source_branch).head;
  const Tree& base = *commits[merge_base(from, branch.head).value()].tree;
  if (*commits[from].tree == base && !may_be_empty) return Code::invalid_argument;
  return merge_trees(operation, base, *commits[from].tree, {branch.head, from}, true);
}

std::optional<Code> Model::import(const Operation& operation) {
  const BranchState& branch = branches.at(operation.branch);
  if (!branch.staged.empty()) return Code::invalid_argument;
  Tree tree = *commits[branch.head].tree;
  std::erase_if(tree, [&](const auto& object) { return object.first.starts_with(operation.path); });
  for (const auto& [path, object] : import_source(operation.source)) tree[operation.path + path] = object;
  return put_commit(operation.branch, operation.text, {branch.head},
                    std::make_shared<const Tree>(std::move(tree)));
}

std::optional<Code> Model::pick(const Operation& operation, bool may_be_empty) {
  const BranchState& branch = branches.at(operation.branch);
  if (!branch.staged.empty()) return Code::invalid_argument;
  const CommitState commit = commits[*operation.commit];  // a copy: commits grow below
  const TreePtr before = commits[commit.parents.at(0)].tree;
  if (operation.kind == Kind::revert) {
    return merge_trees(operation, *commit.tree, *before, {branch.head}, may_be_empty);
  }
  if (*commit.tree == *before && !may_be_empty) return Code::invalid_argument;
  return merge_trees(operation, *before, *commit.tree, {branch.head}, true);
}

// What is uncommitted stays, on top of the other commit.
void Model::move(BranchState& branch, std::size_t commit) const {
  branch.head = commit;
  const Staged staged = std::exchange(branch.staged, {});
  for (const auto& [path, object] : staged) stage(branch, path, object);
}

std::optional<Code> Model::apply(const Operation& operation, bool may_be_empty) {
  made_.reset();
  if (operation.kind == Kind::set_setting) {
    settings[operation.name] = operation.text;
    return std::nullopt;
  }
  if (operation.kind == Kind::erase_setting) {
    settings.erase(operation.name);
    return std::nullopt;
  }
  if (operation.kind == Kind::create_tag) {
    if (!tags.emplace(operation.name, *operation.commit).second) return Code::already_exists;
    return std::nullopt;
  }
  if (operation.kind == Kind::remove_tag) {
    return tags.erase(operation.name) == 1 ? std::nullopt : std::optional(Code::not_found);
  }
  if (operation.kind == Kind::create_branch) {
    const std::size_t head = operation.commit ? *operation.commit : branches.at(operation.source_branch).head;
    if (!branches.emplace(operation.branch, BranchState{head, {}}).second) return Code::already_exists;
    return std::nullopt;
  }

  const auto found = branches.find(operation.branch);
  if (found == branches.end()) return Code::not_found;
  BranchState& branch = found->second;
  const Tree& head = *commits[branch.head].tree;
  const auto seen = [&](const std::string& path) -> std::optional<ObjectState> {
    if (const auto staged = branch.staged.find(path); staged != branch.staged.end()) return staged->second;
    const ObjectState* const committed = torture::find(head, path);
    return committed ? std::optional(*committed) : std::nullopt;
  };

  switch (operation.kind) {
    case Kind::put:
    case Kind::put_in_parts:
      stage(branch, operation.path, operation.object);
      return std::nullopt;
    case Kind::remove:
      stage(branch, operation.path, std::nullopt);
      return std::nullopt;
    case Kind::remove_many:
      for (const std::string& path : operation.paths) stage(branch, path, std::nullopt);
      return std::nullopt;
    case Kind::copy: {
      const std::optional<ObjectState> source = seen(operation.source_path);
      if (!source) return Code::not_found;
      stage(branch, operation.path, source);
      return std::nullopt;
    }
    case Kind::set_note: {
      std::optional<ObjectState> object = seen(operation.path);
      if (!object) return Code::not_found;
      object->note = operation.text;
      stage(branch, operation.path, std::move(object));
      return std::nullopt;
    }
    case Kind::commit:
      if (branch.staged.empty()) return Code::invalid_argument;
      return put_commit(operation.branch, operation.text, {branch.head},
                        std::make_shared<const Tree>(tree_of(branch)));
    case Kind::merge:
      return merge(operation, may_be_empty);
    case Kind::import:
      return import(operation);
    case Kind::revert:
    case Kind::cherry_pick:
      return pick(operation, may_be_empty);
    case Kind::reset:
      branch.staged.clear();
      return std::nullopt;
    case Kind::reset_prefix:
      std::erase_if(branch.staged,
                    [&](const auto& change) { return change.first.starts_with(operation.path); });
      return std::nullopt;
    case Kind::reset_path:
      branch.staged.erase(operation.path);
      return std::nullopt;
    case Kind::remove_branch:
      branches.erase(found);
      return std::nullopt;
    case Kind::move_branch:
      move(branch, *operation.commit);
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace mere::torture
