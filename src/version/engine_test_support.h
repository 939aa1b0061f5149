// What the tests of entries and updates share: a whole engine on stores in memory, with trees small
// enough that a dozen records make several ranges.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "base/random.h"
#include "block/store.h"
#include "kv/store.h"
#include "tree/trees.h"
#include "version/engine.h"

namespace mere::version {

inline tree::TreeOptions tiny_trees() {
  tree::TreeOptions options;
  options.min_range_size_bytes = 0;
  options.max_range_size_bytes = 600;
  options.range_raggedness_entries = 3;
  return options;
}

// Shared by all lakes: they make no work that outlives a call.
inline WorkQueue& tree_workers() {
  static const auto workers = make_thread_pool(2, 64);
  return *workers;
}

// Equal contents have equal identities, as uploads of the same bytes do; the address never is the same.
inline tree::Entry entry_of(const std::string& content) {
  static int uploads = 0;
  tree::Entry entry;
  entry.address = "data/p/" + std::to_string(uploads++);
  entry.size_bytes = static_cast<std::int64_t>(content.size());
  entry.checksum = content;
  entry.content_type = "text/plain";
  return entry;
}

template <class T>
std::string failure_of(const Result<T>& result) {
  return result ? "success" : result.error().message;
}
template <class T>
Code failure_code_of(const Result<T>& result) {
  return result ? Code::internal : result.error().code;
}

using Content = std::map<std::string, std::string>;  // path → checksum

// An engine over stores that outlive it; destroy and make another one to restart the server.
class TestLake {
 public:
  explicit TestLake(UpdateOptions options = {}, WorkQueue* background = nullptr)
      : options_(options), background_(background ? background : &inline_work_queue()) {
    open();
    repository = make_repository();
  }

  void open() {
    engine_.emplace(*state, *store, trees, clock, system_random(), *background_, "_lakefs", options_);
  }
  void restart() {
    engine_.reset();
    open();
  }
  Engine& engine() { return *engine_; }

  Repository make_repository(const std::string& name = "lake", bool read_only = false) {
    NewRepository request;
    request.name = RepositoryName(name);
    request.storage_namespace = {"mem://" + name};
    request.read_only = read_only;
    auto made = engine_->repositories.create(request);
    EXPECT_TRUE(made) << failure_of(made);
    return *made;
  }

  Status put(const std::string& path, const std::string& content, const std::string& branch = "main") {
    return engine_->entries.put(repository, BranchName(branch), path, entry_of(content));
  }
  Status remove(const std::string& path, const std::string& branch = "main") {
    return engine_->entries.remove(repository, BranchName(branch), path);
  }
  Result<Commit> commit(const std::string& message, const std::string& branch = "main",
                        bool allow_empty = false) {
    CommitRequest request;
    request.committer = "ann";
    request.message = message;
    request.allow_empty = allow_empty;
    clock.advance(std::chrono::seconds(1));
    return engine_->updates.commit(repository, BranchName(branch), request);
  }
  // Puts all of `content` and commits it.
  CommitId commit_all(const Content& content, const std::string& branch = "main") {
    for (const auto& [path, value] : content) EXPECT_TRUE(put(path, value, branch));
    auto made = commit("some", branch);
    EXPECT_TRUE(made) << failure_of(made);
    return made->id;
  }
  void make_branch(const std::string& name, const std::string& source = "main") {
    auto made = engine_->refs.create_branch(repository, BranchName(name), RefExpr(source), false, false);
    EXPECT_TRUE(made) << failure_of(made);
  }
  Branch branch(const std::string& name = "main") {
    return *engine_->refs.branch(repository, BranchName(name));
  }

  std::string checksum(const std::string& path, const std::string& ref = "main") {
    const auto found = engine_->entries.find(repository, RefExpr(ref), path);
    return found ? found->checksum : "(" + found.error().message + ")";
  }
  Content content(const std::string& ref = "main") {
    Content all;
    ListRequest request;
    request.amount = 1'000'000;
    const auto more = engine_->entries.list(
        repository, RefExpr(ref), request,
        [&](std::string_view path, const tree::Entry* entry) { all[std::string(path)] = entry->checksum; });
    EXPECT_TRUE(more) << failure_of(more);
    return all;
  }
  // "+a" added, "-a" removed, "~a" changed, "!a" a conflict, "a/…" a folded prefix; "…" at the end: more.
  std::vector<std::string> uncommitted(const std::string& name = "main", const DiffRequest& request = {}) {
    return show([&](const DiffVisitor& visit) {
      return engine_->entries.diff_branch(repository, BranchName(name), request, visit);
    });
  }
  std::vector<std::string> two_dot(const std::string& left, const std::string& right,
                                   const DiffRequest& request = {}) {
    return show([&](const DiffVisitor& visit) {
      return engine_->entries.diff_two_dot(repository, RefExpr(left), RefExpr(right), request, visit);
    });
  }
  std::vector<std::string> three_dot(const std::string& left, const std::string& right,
                                     const DiffRequest& request = {}) {
    return show([&](const DiffVisitor& visit) {
      return engine_->entries.diff_three_dot(repository, RefExpr(left), RefExpr(right), request, visit);
    });
  }

  ManualClock clock;
  std::unique_ptr<kv::Store> state = kv::make_memory_store();
  std::unique_ptr<block::Store> store = block::make_memory_store(clock);
  tree::Trees trees{*store, tiny_trees(), &tree_workers()};

 private:
  template <class Diff>
  std::vector<std::string> show(const Diff& diff) {
    std::vector<std::string> shown;
    const auto more = diff([&](const DiffItem& item) {
      static constexpr std::string_view kSigns = "+-~!";
      std::string line;
      if (!item.is_prefix) line += kSigns[static_cast<std::size_t>(item.type)];
      line += item.path;
      shown.push_back(line);
      EXPECT_EQ(item.left == nullptr, item.is_prefix || item.type == tree::DiffType::added) << line;
    });
    if (!more) return {"error: " + more.error().message};
    if (*more) shown.push_back("…");
    return shown;
  }

  UpdateOptions options_;
  WorkQueue* background_;
  std::optional<Engine> engine_;

 public:
  Repository repository;
};

}  // namespace mere::version
