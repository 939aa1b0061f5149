#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <queue>
#include <set>

#include "version/commits.h"
#include "version/refs_test_support.h"

namespace mere::version {
namespace {

struct Graph {
  SmallLake lake;
  Repository repository = lake.make_repository();
  std::map<CommitId, Commit> commits;

  CommitId add(const std::string& message, const std::vector<CommitId>& parents, std::int64_t date = 100) {
    return keep(lake.add_commit(repository, message, parents, date));
  }
  CommitId keep(Commit commit) {
    commits.insert_or_assign(commit.id, commit);
    return commit.id;
  }
  std::optional<CommitId> base(const CommitId& left, const CommitId& right) {
    const auto found = lake.commits.merge_base(repository, left, right);
    EXPECT_TRUE(found) << message_of(found);
    return found ? *found : std::nullopt;
  }

  std::set<CommitId> ancestors(const CommitId& id) const {
    std::set<CommitId> found{id};
    for (const CommitId& parent : commits.at(id).parents) found.merge(ancestors(parent));
    return found;
  }
  std::set<CommitId> best_common(const CommitId& left, const CommitId& right) const {
    std::set<CommitId> common, best;
    const std::set<CommitId> of_left = ancestors(left), of_right = ancestors(right);
    std::set_intersection(of_left.begin(), of_left.end(), of_right.begin(), of_right.end(),
                          std::inserter(common, common.end()));
    for (const CommitId& id : common) {
      const bool beaten = std::any_of(common.begin(), common.end(), [&](const CommitId& other) {
        return other != id && ancestors(other).contains(id);
      });
      if (!beaten) best.insert(id);
    }
    return best;
  }
  // The storage format's words: the first parent that carries the flags of both sides.
  std::optional<CommitId> by_the_book(const CommitId& left, const CommitId& right) const {
    if (left == right) return left;
    std::map<CommitId, int> flags{{left, 1}, {right, 2}};
    const auto lower = [&](const CommitId& a, const CommitId& b) {
      const Commit &x = commits.at(a), &y = commits.at(b);
      return std::tie(x.generation, x.creation_date, x.id) < std::tie(y.generation, y.creation_date, y.id);
    };
    std::priority_queue<CommitId, std::vector<CommitId>, decltype(lower)> queue(lower);
    queue.push(left);
    queue.push(right);
    while (!queue.empty()) {
      const CommitId id = queue.top();
      queue.pop();
      for (const CommitId& parent : commits.at(id).parents) {
        if (!flags.contains(parent)) queue.push(parent);
        flags[parent] |= flags.at(id);
        if (flags.at(parent) == 3) return parent;
      }
    }
    return std::nullopt;
  }
};

TEST(MergeBase, IsTheLatestCommonCommit) {
  Graph graph;
  const CommitId root = graph.add("root", {}), fork = graph.add("fork", {root});
  const CommitId a = graph.add("a", {fork}), b = graph.add("b", {fork}), b2 = graph.add("b2", {b});

  EXPECT_EQ(graph.base(a, b2), fork);
  EXPECT_EQ(graph.base(b2, a), fork);
  EXPECT_EQ(graph.base(b2, b), b);
  EXPECT_EQ(graph.base(b, b2), b);
  EXPECT_EQ(graph.base(a, a), a);
}

TEST(MergeBase, OfUnrelatedHistoriesIsNone) {
  Graph graph;

  EXPECT_EQ(graph.base(graph.add("a", {}), graph.add("b", {})), std::nullopt);
}

TEST(MergeBase, MovesWithAMerge) {
  Graph graph;
  const CommitId root = graph.add("root", {});
  const CommitId a = graph.add("a", {root}), b = graph.add("b", {root});
  const CommitId merged = graph.add("merged", {a, b}), b2 = graph.add("b2", {b});

  EXPECT_EQ(graph.base(merged, b2), b);
}

TEST(MergeBase, PassesOverAnAncestorOfABetterOne) {
  // Both heads merged `old` though their line had it already: the first common parent the walk meets is
  // `old`, but what they share last is `fork`.
  Graph graph;
  const CommitId old = graph.add("old", {}), fork = graph.add("fork", {graph.add("x", {old})});
  const CommitId left = graph.add("left", {graph.add("l1", {fork}), old});
  const CommitId right = graph.add("right", {graph.add("r1", {fork}), old});

  EXPECT_EQ(graph.by_the_book(left, right), old);
  EXPECT_EQ(graph.base(left, right), fork);
}

TEST(MergeBase, IsRightWhereGenerationsAreNot) {
  Graph graph;
  const auto record = [&](const std::string& message, const std::vector<CommitId>& parents, int generation) {
    Commit commit;
    commit.message = message;
    commit.parents = parents;
    commit.generation = generation;
    return graph.keep(graph.lake.add_record(graph.repository, commit));
  };
  const CommitId old = record("old", {}, 90), fork = record("fork", {old}, 3);
  const CommitId left = record("left", {old, fork}, 91), right = record("right", {old, fork}, 91);

  EXPECT_EQ(graph.base(left, right), fork);
}

TEST(MergeBase, AMissingParentIsAnError) {
  Graph graph;
  Commit orphan;
  orphan.generation = 5;
  orphan.parents = {CommitId(std::string(64, '0'))};
  orphan = graph.lake.add_record(graph.repository, orphan);

  EXPECT_EQ(code_of(graph.lake.commits.merge_base(graph.repository, orphan.id, graph.add("a", {}))),
            Code::not_found);
}

RC_GTEST_PROP(MergeBaseProperty, IsABestCommonAncestorAndTheBooksWhereTheBookHasOne, ()) {
  Graph graph;
  std::vector<CommitId> ids;
  const int count = *rc::gen::inRange(2, 16);
  for (int i = 0; i < count; ++i) {
    std::vector<CommitId> parents;
    for (int p = ids.empty() ? 0 : *rc::gen::inRange(0, 3); p > 0; --p) {
      parents.push_back(*rc::gen::elementOf(ids));
    }
    ids.push_back(graph.add(std::to_string(i), parents, *rc::gen::inRange(0, 4)));
  }
  const CommitId left = *rc::gen::elementOf(ids), right = *rc::gen::elementOf(ids);

  const auto found = graph.base(left, right);

  const std::set<CommitId> best = graph.best_common(left, right);
  RC_ASSERT(found.has_value() == !best.empty());
  if (found) RC_ASSERT(best.contains(*found));
  const auto book = graph.by_the_book(left, right);
  if (book && best.contains(*book)) RC_ASSERT(found == book);
}

RC_GTEST_PROP(MergeBaseProperty, WithOddGenerationsItIsStillCommon, ()) {
  Graph graph;
  std::vector<CommitId> ids;
  const int count = *rc::gen::inRange(2, 12);
  for (int i = 0; i < count; ++i) {
    Commit commit;
    commit.message = std::to_string(i);
    commit.generation = *rc::gen::inRange(1, 5);
    for (int p = ids.empty() ? 0 : *rc::gen::inRange(0, 3); p > 0; --p) {
      commit.parents.push_back(*rc::gen::elementOf(ids));
    }
    ids.push_back(graph.keep(graph.lake.add_record(graph.repository, commit)));
  }
  const CommitId left = *rc::gen::elementOf(ids), right = *rc::gen::elementOf(ids);

  const auto found = graph.base(left, right);

  RC_ASSERT(found.has_value() == !graph.best_common(left, right).empty());
  if (found) {
    RC_ASSERT(graph.ancestors(left).contains(*found));
    RC_ASSERT(graph.ancestors(right).contains(*found));
  }
}

}  // namespace
}  // namespace mere::version
