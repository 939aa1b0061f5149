// The engine against a model that is a few maps: random sequences of everything that moves a branch.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "version/engine_test_support.h"

namespace mere::version {
namespace {

struct Op {
  int kind = 0;
  int branch = 0;
  int other = 0;
  int path = 0;
  int value = 0;
};

void showValue(const Op& op, std::ostream& out) {
  out << '{' << op.kind << ", " << op.branch << ", " << op.other << ", " << op.path << ", " << op.value
      << '}';
}

}  // namespace
}  // namespace mere::version

namespace rc {
template <>
struct Arbitrary<mere::version::Op> {
  static Gen<mere::version::Op> arbitrary() {
    using mere::version::Op;
    return gen::build<Op>(gen::set(&Op::kind, gen::inRange(0, 32)), gen::set(&Op::branch, gen::inRange(0, 3)),
                          gen::set(&Op::other, gen::inRange(0, 16)), gen::set(&Op::path, gen::inRange(0, 16)),
                          gen::set(&Op::value, gen::inRange(0, 4)));
  }
};
}  // namespace rc

namespace mere::version {
namespace {

const std::vector<std::string> kPaths = {"a",
                                         "a/1",
                                         "a/2",
                                         "a/b/1",
                                         "a/b/2",
                                         "a/b0",
                                         "a0",
                                         "b",
                                         "b/",
                                         "b/1",
                                         "b/2/x",
                                         "c",
                                         "c//1",
                                         "d",
                                         "e/\xff"
                                         "1",
                                         "\xff/1"};
const std::vector<std::string> kPrefixes = {"", "a", "a/", "a/b", "b/", "c", "e/\xff", "zz"};
const std::vector<std::string> kBranches = {"main", "dev", "hot"};

// What three-way merge means, path by path.
std::optional<Content> merged(const Content& destination, const Content& source, const Content& base,
                              tree::MergeStrategy strategy) {
  const auto at = [](const Content& content, const std::string& path) -> std::optional<std::string> {
    const auto found = content.find(path);
    return found == content.end() ? std::nullopt : std::optional(found->second);
  };
  std::set<std::string> paths;
  for (const Content* content : {&destination, &source, &base}) {
    for (const auto& [path, value] : *content) paths.insert(path);
  }
  Content result;
  for (const std::string& path : paths) {
    const auto d = at(destination, path), s = at(source, path), b = at(base, path);
    std::optional<std::string> value;
    if (d == s || s == b) {
      value = d;
    } else if (d == b) {
      value = s;
    } else if (strategy == tree::MergeStrategy::none) {
      return std::nullopt;
    } else {
      value = strategy == tree::MergeStrategy::source_wins ? s : d;
    }
    if (value) result[path] = *value;
  }
  return result;
}

// Items as a listing shows them, by brute force.
std::vector<std::string> listed(const Content& content, const ListRequest& request) {
  std::vector<std::string> shown;
  for (const auto& [path, value] : content) {
    if (!path.starts_with(request.prefix)) continue;
    std::string item = path;
    if (!request.delimiter.empty()) {
      const std::size_t found = path.find(request.delimiter, request.prefix.size());
      if (found != std::string::npos) item = path.substr(0, found + request.delimiter.size());
    }
    const bool is_in_skipped_prefix = item == request.after && item != path;
    if (path <= request.after || is_in_skipped_prefix) continue;
    if (shown.empty() || shown.back() != item) shown.push_back(item);
  }
  if (shown.size() > request.amount) {
    shown.resize(request.amount);
    shown.push_back("…");
  }
  return shown;
}

class Model {
 public:
  Model() {
    branches_["main"] = {lake_.branch().commit_id, {}};
    commits_[lake_.branch().commit_id] = {};
  }

  void run(const std::vector<Op>& ops) {
    for (const Op& op : ops) {
      lake_.clock.advance(std::chrono::seconds(1));
      step(op);
      check(op);
    }
  }

 private:
  struct ModelBranch {
    CommitId head;
    Content working;
  };

  const Content& committed(const ModelBranch& branch) { return commits_.at(branch.head); }
  bool is_dirty(const ModelBranch& branch) { return branch.working != committed(branch); }
  Updates& updates() { return lake_.engine().updates; }
  CommitId some_commit(const Op& op) {
    // In the order they were made, so that a shrunk sequence means the same.
    return made_.empty() ? branches_.at("main").head
                         : made_[static_cast<std::size_t>(op.other) % made_.size()];
  }

  void landed(ModelBranch& branch, const CommitId& id, Content content) {
    commits_[id] = content;
    made_.push_back(id);
    branch.head = id;
    branch.working = std::move(content);
  }

  void step(const Op& op) {
    const std::string& name = kBranches[static_cast<std::size_t>(op.branch)];
    const std::string& path = kPaths[static_cast<std::size_t>(op.path)];
    const std::string value = std::to_string(op.value);
    if (!branches_.contains(name)) return make_branch(name, op);
    ModelBranch& branch = branches_.at(name);
    const BranchName branch_name(name);

    switch (op.kind) {
      default:
        RC_ASSERT(lake_.put(path, value, name).has_value());
        branch.working[path] = value;
        return;
      case 0:
      case 1:
      case 2:
        RC_ASSERT(lake_.remove(path, name).has_value());
        branch.working.erase(path);
        return;
      case 3: {
        const std::vector<std::string> paths(kPaths.begin() + op.path, kPaths.end());
        RC_ASSERT(lake_.engine().entries.remove(lake_.repository, branch_name, paths).has_value());
        for (const std::string& gone : paths) branch.working.erase(gone);
        return;
      }
      case 4: {
        const auto put = lake_.engine().entries.put(lake_.repository, branch_name, path, entry_of(value),
                                                    {.if_absent = true});
        RC_ASSERT(put.has_value() == !branch.working.contains(path));
        branch.working.try_emplace(path, value);
        return;
      }
      case 5:
      case 6:
      case 7:
        return commit(op, name, branch);
      case 8:
      case 9:
        return merge(op, name, branch);
      case 10:
        return revert(op, branch_name, branch);
      case 11:
        return cherry_pick(op, branch_name, branch);
      case 12:
        RC_ASSERT(updates().reset(lake_.repository, branch_name, false).has_value());
        branch.working = committed(branch);
        return;
      case 13: {
        const std::string& prefix = kPrefixes[static_cast<std::size_t>(op.path) % kPrefixes.size()];
        RC_ASSERT(updates().reset_prefix(lake_.repository, branch_name, prefix, false).has_value());
        std::erase_if(branch.working, [&](const auto& item) { return item.first.starts_with(prefix); });
        for (const auto& [key, content] : committed(branch)) {
          if (key.starts_with(prefix)) branch.working[key] = content;
        }
        return;
      }
      case 14: {
        RC_ASSERT(updates().reset_path(lake_.repository, branch_name, path, false).has_value());
        branch.working.erase(path);
        if (committed(branch).contains(path)) branch.working[path] = committed(branch).at(path);
        return;
      }
      case 15: {
        const CommitId target = some_commit(op);
        RC_ASSERT(
            updates().hard_reset(lake_.repository, branch_name, RefExpr(target.str()), false).has_value());
        const Content before = committed(branch);
        const Content working = branch.working;
        branch = {target, commits_.at(target)};
        for (const std::string& changed : kPaths) {
          const auto was = before.find(changed);
          const auto is = working.find(changed);
          const bool same = was == before.end() ? is == working.end() : is != working.end() && *is == *was;
          if (same) continue;
          branch.working.erase(changed);
          if (is != working.end()) branch.working[changed] = is->second;
        }
        return;
      }
      case 16:
      case 17:
      case 18:
        RC_ASSERT(updates().compact(lake_.repository, branch_name).has_value());
        return;
      case 19:
        lake_.restart();
        return;
      case 20:
        if (name == "main") return;
        RC_ASSERT(lake_.engine().refs.remove_branch(lake_.repository, branch_name, false).has_value());
        branches_.erase(name);
        return;
    }
  }

  void make_branch(const std::string& name, const Op& op) {
    const CommitId source = some_commit(op);
    const auto made = lake_.engine().refs.create_branch(lake_.repository, BranchName(name),
                                                        RefExpr(source.str()), false, false);
    RC_ASSERT(made.has_value());
    branches_[name] = {source, commits_.at(source)};
  }

  void commit(const Op& op, const std::string& name, ModelBranch& branch) {
    const bool allow_empty = op.value == 0;
    const auto commit = lake_.commit("commit", name, allow_empty);
    if (!is_dirty(branch) && !allow_empty) {
      RC_ASSERT(failure_of(commit) == "commit: no changes");
      return;
    }
    RC_ASSERT(commit.has_value());
    RC_ASSERT(commit->parents == std::vector<CommitId>{branch.head});
    landed(branch, commit->id, branch.working);
  }

  void merge(const Op& op, const std::string& name, ModelBranch& branch) {
    const CommitId source = some_commit(op);
    MergeRequest request;
    request.strategy = static_cast<tree::MergeStrategy>(op.value % 3);
    request.squash = op.path % 3 == 0;
    const auto result = updates().merge(lake_.repository, RefExpr(source.str()), BranchName(name), request);
    if (is_dirty(branch)) {
      RC_ASSERT(failure_of(result) == "uncommitted changes (dirty branch)");
      return;
    }
    const auto base = lake_.engine().commits.merge_base(lake_.repository, source, branch.head);
    RC_ASSERT((base.has_value() && base->has_value()));
    const Content& base_content = commits_.at(**base);
    const auto tree_of = [&](const CommitId& id) {
      return (*lake_.engine().commits.get(lake_.repository, id))->meta_range_id;
    };
    if (tree_of(source) == tree_of(**base)) {
      RC_ASSERT(failure_of(result) == "update branch " + name + ": no changes");
      return;
    }
    auto content = merged(committed(branch), commits_.at(source), base_content, request.strategy);
    if (!content) {
      RC_ASSERT(failure_of(result) == "update branch " + name + ": conflict found");
      return;
    }
    RC_ASSERT(failure_of(result) == "success");
    landed(branch, *result, *std::move(content));
  }

  // The parent's content, if the commit has exactly one.
  std::optional<CommitId> only_parent(const CommitId& id) {
    const auto commit = *lake_.engine().commits.get(lake_.repository, id);
    if (commit->parents.size() != 1) return std::nullopt;
    return commit->parents.front();
  }

  void revert(const Op& op, const BranchName& name, ModelBranch& branch) {
    const CommitId target = some_commit(op);
    const auto parent = only_parent(target);
    if (!parent) return;
    const auto result = updates().revert(lake_.repository, name, RefExpr(target.str()), {});
    if (is_dirty(branch)) {
      RC_ASSERT(failure_of(result) == "uncommitted changes (dirty branch)");
      return;
    }
    auto content =
        merged(committed(branch), commits_.at(*parent), commits_.at(target), tree::MergeStrategy::none);
    if (!content) {
      RC_ASSERT(failure_of(result) == "update branch: conflict found");
    } else if (result) {
      landed(branch, result->id, *std::move(content));
    } else {
      RC_ASSERT(failure_of(result) == "update branch: no changes");
      RC_ASSERT(*content == committed(branch));
    }
  }

  void cherry_pick(const Op& op, const BranchName& name, ModelBranch& branch) {
    const CommitId target = some_commit(op);
    const auto parent = only_parent(target);
    if (!parent) return;
    const auto result = updates().cherry_pick(lake_.repository, name, RefExpr(target.str()), {});
    if (is_dirty(branch)) {
      RC_ASSERT(failure_of(result) == "uncommitted changes (dirty branch)");
      return;
    }
    auto content =
        merged(committed(branch), commits_.at(target), commits_.at(*parent), tree::MergeStrategy::none);
    if (!content) {
      RC_ASSERT(failure_of(result) == "update branch: conflict found");
    } else if (result) {
      landed(branch, result->id, *std::move(content));
    } else {
      RC_ASSERT(failure_of(result) == "update branch: no changes");
      RC_ASSERT(commits_.at(target) == commits_.at(*parent));
    }
  }

  void check(const Op& op) {
    for (const auto& [name, branch] : branches_) {
      RC_ASSERT(lake_.branch(name).commit_id == branch.head);
      RC_ASSERT(lake_.content(name) == branch.working);
      RC_ASSERT(lake_.content(name + "@") == committed(branch));
      RC_ASSERT(lake_.uncommitted(name) == difference(committed(branch), branch.working));
      RC_ASSERT(*lake_.engine().entries.is_dirty(lake_.repository, lake_.branch(name)) == is_dirty(branch));
      const Content& first = commits_.begin()->second;
      RC_ASSERT(lake_.two_dot(commits_.begin()->first.str(), name + "$") ==
                difference(first, branch.working));
      for (int i = 0; i < 3; ++i) {
        const std::string& path =
            kPaths[static_cast<std::size_t>(op.path + i * (op.other + 1)) % kPaths.size()];
        const auto found = branch.working.find(path);
        RC_ASSERT(lake_.checksum(path, name) ==
                  (found == branch.working.end() ? "(not found)" : found->second));
      }
      check_page(op, name, branch);
    }
  }

  static std::vector<std::string> difference(const Content& left, const Content& right) {
    std::map<std::string, char> signs;
    for (const auto& [path, value] : left) {
      const auto found = right.find(path);
      if (found == right.end())
        signs[path] = '-';
      else if (found->second != value)
        signs[path] = '~';
    }
    for (const auto& [path, value] : right) {
      if (!left.contains(path)) signs[path] = '+';
    }
    std::vector<std::string> lines;
    for (const auto& [path, sign] : signs) lines.push_back(sign + path);
    return lines;
  }

  void check_page(const Op& op, const std::string& name, const ModelBranch& branch) {
    const std::vector<std::string> delimiters = {"", "/", "b", "/1", "//"};
    ListRequest request;
    request.prefix = kPrefixes[static_cast<std::size_t>(op.other) % kPrefixes.size()];
    request.delimiter = delimiters[static_cast<std::size_t>(op.path) % delimiters.size()];
    request.amount = static_cast<std::size_t>(op.value) + 1;
    std::vector<std::string> shown;
    for (int page = 0; page < 3; ++page) {
      shown.clear();
      const auto more = lake_.engine().entries.list(
          lake_.repository, RefExpr(name), request,
          [&](std::string_view path, const tree::Entry*) { shown.emplace_back(path); });
      RC_ASSERT(more.has_value());
      if (*more) shown.push_back("…");
      RC_ASSERT(shown == listed(branch.working, request));
      if (!*more) return;
      request.after = shown[shown.size() - 2];
    }
  }

  TestLake lake_;
  std::map<std::string, ModelBranch> branches_;
  std::map<CommitId, Content> commits_;
  std::vector<CommitId> made_;
};

RC_GTEST_PROP(UpdatesModel, BranchesBehaveLikeMaps, ()) {
  Model().run(*rc::gen::arbitrary<std::vector<Op>>());
}

}  // namespace
}  // namespace mere::version
