#include "lake/active_commits.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace mere::lake {
namespace {

constexpr std::int64_t kDay = 24 * 3600;
constexpr std::int64_t kNow = 1'700'000'000;

CommitNode node(const std::string& id, const std::string& parent, int days_ago) {
  return {id, parent, {kNow - days_ago * kDay, 0}};
}

std::set<std::string> active(const std::vector<CommitNode>& commits, const CommitHeads& heads,
                             const RetentionRules& rules) {
  const auto found = active_commits(commits, heads, rules, {kNow, 0});
  return {found.begin(), found.end()};
}

using Ids = std::set<std::string>;

TEST(ActiveCommits, ACommitIsKeptUntilItHasBeenSupersededForTheRetention) {
  const std::vector<CommitNode> commits{node("a", "", 30), node("b", "a", 20), node("c", "b", 9),
                                        node("d", "c", 1)};

  // b was superseded 9 days ago, a 20 days ago.
  EXPECT_EQ(active(commits, {.branches = {{"main", "d"}}}, {.default_days = 10}), (Ids{"b", "c", "d"}));
  EXPECT_EQ(active(commits, {.branches = {{"main", "d"}}}, {.default_days = 5}), (Ids{"c", "d"}));
  EXPECT_EQ(active(commits, {.branches = {{"main", "d"}}}, {.default_days = 0}), (Ids{"d"}));
  EXPECT_EQ(
      active(commits, {.branches = {{"main", "d"}}}, {.default_days = 5, .branch_days = {{"main", 25}}}),
      (Ids{"a", "b", "c", "d"}));
}

TEST(ActiveCommits, AHeadIsKeptHoweverOld) {
  EXPECT_EQ(active({node("a", "", 999)}, {.branches = {{"main", "a"}}}, {.default_days = 1}), Ids{"a"});
}

TEST(ActiveCommits, TheLongestRetentionOfTheBranchesThatShareACommitDecides) {
  const std::vector<CommitNode> commits{node("a", "", 40), node("b", "a", 20), node("c", "b", 10),
                                        node("x", "b", 9)};

  const auto kept = active(commits, {.branches = {{"main", "c"}, {"dev", "x"}}},
                           {.default_days = 5, .branch_days = {{"dev", 15}}});

  EXPECT_EQ(kept, (Ids{"b", "c", "x"}));
}

TEST(ActiveCommits, WhatNoBranchHoldsIsKeptForTheDefaultFromItsOwnDate) {
  const std::vector<CommitNode> commits{node("a", "", 10), node("b", "a", 8), node("lost", "b", 6),
                                        node("older", "a", 9)};

  EXPECT_EQ(active(commits, {.branches = {{"main", "b"}}}, {.default_days = 7}), (Ids{"b", "lost"}));
}

TEST(ActiveCommits, TaggedOnesAreAlwaysKept) {
  const std::vector<CommitNode> commits{node("a", "", 40), node("b", "a", 30), node("c", "b", 20)};

  const auto kept =
      active(commits, {.branches = {{"main", "c"}}, .tagged = {"a", "unknown"}}, {.default_days = 1});

  EXPECT_EQ(kept, (Ids{"a", "c"}));
}

// A commit of every kind of history: dates out of order, shared parents.
RC_GTEST_PROP(ActiveCommits, AreThoseOfWalkingEveryHeadByItself, ()) {
  const auto count = *rc::gen::inRange(1, 20);
  std::vector<CommitNode> commits;
  for (int i = 0; i < count; ++i) {
    const int parent = *rc::gen::inRange(-1, i);
    commits.push_back(node("c" + std::to_string(i), parent < 0 ? "" : "c" + std::to_string(parent),
                           *rc::gen::inRange(0, 50)));
  }
  RetentionRules rules{.default_days = *rc::gen::inRange(0, 50)};
  CommitHeads heads;
  for (int i = 0; i < 4; ++i) {
    const std::string name = "b" + std::to_string(i);
    heads.branches[name] = commits[static_cast<std::size_t>(*rc::gen::inRange(0, count))].id;
    rules.branch_days[name] = *rc::gen::inRange(0, 50);
  }

  // The model: no sharing of walks.
  std::map<std::string, const CommitNode*> by_id;
  std::set<std::string> superseded;
  for (const CommitNode& commit : commits) {
    by_id[commit.id] = &commit;
    superseded.insert(commit.first_parent);
  }
  Ids expected;
  const auto walk = [&](const CommitNode* child, int days) {
    for (; !child->first_parent.empty(); child = by_id[child->first_parent]) {
      if (child->creation_date.seconds > kNow - days * kDay) expected.insert(child->first_parent);
    }
  };
  for (const auto& [name, id] : heads.branches) {
    expected.insert(id);
    walk(by_id[id], rules.branch_days[name]);
  }
  for (const CommitNode& commit : commits) {
    if (superseded.contains(commit.id)) continue;
    bool is_head = false;
    for (const auto& [name, id] : heads.branches) is_head |= id == commit.id;
    if (is_head) continue;
    if (commit.creation_date.seconds > kNow - rules.default_days * kDay) expected.insert(commit.id);
    walk(&commit, rules.default_days);
  }

  RC_ASSERT(active(commits, heads, rules) == expected);
}

}  // namespace
}  // namespace mere::lake
