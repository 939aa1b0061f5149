#include <gtest/gtest.h>

#include "version/engine_test_support.h"
#include "version/protection.h"

namespace mere::version {
namespace {

using Lines = std::vector<std::string>;
const BranchName kMain("main");

// Each test runs with the changes in the staging token, sealed, and compacted: what a reset sees must
// not depend on where they are.
enum class Where { staged, compacted, both };

class Reset : public testing::TestWithParam<Where> {
 protected:
  void SetUp() override {
    committed = {{"a/1", "1"}, {"a/2", "1"}, {"b/1", "1"}, {"root", "1"}};
    c1 = lake.commit_all(committed);
    ASSERT_TRUE(lake.put("a/1", "2"));
    ASSERT_TRUE(lake.put("a/2", "2"));
    ASSERT_TRUE(lake.put("a/new", "2"));
    if (GetParam() == Where::both) compact();
    ASSERT_TRUE(lake.put("root", "2"));
    ASSERT_TRUE(lake.remove("b/1"));
    if (GetParam() == Where::compacted) compact();
    ASSERT_EQ(lake.uncommitted(), (Lines{"~a/1", "~a/2", "+a/new", "-b/1", "~root"}));
  }
  void compact() { ASSERT_TRUE(lake.engine().updates.compact(lake.repository, kMain)); }
  Updates& updates() { return lake.engine().updates; }

  TestLake lake;
  Content committed;
  CommitId c1;
};

TEST_P(Reset, OfAllUndoesEverything) {
  ASSERT_TRUE(updates().reset(lake.repository, kMain, false));
  EXPECT_EQ(lake.content(), committed);
  EXPECT_EQ(lake.uncommitted(), Lines{});
  EXPECT_FALSE(lake.state->scan("s/")->valid()) << "nothing stays behind";
  EXPECT_TRUE(updates().reset(lake.repository, kMain, false)) << "nothing to undo";
}

TEST_P(Reset, OfAPathUndoesThatPath) {
  ASSERT_TRUE(updates().reset_path(lake.repository, kMain, "root", false));
  EXPECT_EQ(lake.uncommitted(), (Lines{"~a/1", "~a/2", "+a/new", "-b/1"}));
  ASSERT_TRUE(updates().reset_path(lake.repository, kMain, "b/1", false));
  ASSERT_TRUE(updates().reset_path(lake.repository, kMain, "a/new", false));
  ASSERT_TRUE(updates().reset_path(lake.repository, kMain, "zzz", false));
  EXPECT_EQ(lake.uncommitted(), (Lines{"~a/1", "~a/2"}));
  EXPECT_EQ(lake.checksum("b/1"), "1");
}

TEST_P(Reset, OfAPrefixUndoesWhatIsUnderIt) {
  ASSERT_TRUE(updates().reset_prefix(lake.repository, kMain, "a/", false));
  EXPECT_EQ(lake.uncommitted(), (Lines{"-b/1", "~root"}));
  ASSERT_TRUE(updates().reset_prefix(lake.repository, kMain, "zzz/", false));
  ASSERT_TRUE(lake.put("b/1", "3"));
  ASSERT_TRUE(lake.put("b/2", "3"));
  ASSERT_TRUE(updates().reset_prefix(lake.repository, kMain, "b", false));
  EXPECT_EQ(lake.uncommitted(), Lines{"~root"});
  ASSERT_TRUE(updates().reset_prefix(lake.repository, kMain, "", false));
  EXPECT_EQ(lake.content(), committed);
}

TEST_P(Reset, WhatWasResetIsNotCommittedLater) {
  ASSERT_TRUE(updates().reset_prefix(lake.repository, kMain, "a/", false));
  ASSERT_TRUE(updates().reset_path(lake.repository, kMain, "root", false));
  ASSERT_TRUE(lake.commit("the rest"));
  committed.erase("b/1");
  EXPECT_EQ(lake.content(), committed);
}

TEST_P(Reset, HardMovesTheBranchBelowItsChanges) {
  ASSERT_TRUE(updates().reset(lake.repository, kMain, false));
  ASSERT_TRUE(updates().hard_reset(lake.repository, kMain, RefExpr("main~1"), false));
  EXPECT_TRUE(lake.content().empty());

  ASSERT_TRUE(lake.put("dirt", "1"));
  ASSERT_TRUE(updates().hard_reset(lake.repository, kMain, RefExpr(c1.str()), false));

  EXPECT_EQ(lake.branch().commit_id, c1);
  auto expected = committed;
  expected["dirt"] = "1";
  EXPECT_EQ(lake.content(), expected);
  EXPECT_EQ(lake.uncommitted(), Lines{"+dirt"});
}

TEST_P(Reset, IsRefusedWhereItIsNotAllowed) {
  const BranchName nope("nope");
  EXPECT_EQ(failure_of(updates().reset(lake.repository, nope, false)), "branch not found");
  EXPECT_EQ(failure_of(updates().reset_prefix(lake.repository, nope, "a", false)), "branch not found");
  EXPECT_EQ(failure_of(updates().reset_path(lake.repository, nope, "a", false)), "branch not found");
  EXPECT_EQ(failure_of(updates().hard_reset(lake.repository, nope, RefExpr("main"), false)),
            "branch not found");
  EXPECT_EQ(failure_of(updates().hard_reset(lake.repository, kMain, RefExpr("nope"), false)),
            "hard-reset main to nope: not found");

  ASSERT_TRUE(set_protection_rules(lake.engine().repositories, lake.repository, {"main"}, std::nullopt));
  EXPECT_EQ(failure_of(updates().reset(lake.repository, kMain, false)), "cannot write to protected branch");
  EXPECT_EQ(failure_of(updates().reset_path(lake.repository, kMain, "a", true)),
            "cannot write to protected branch");
  EXPECT_EQ(failure_of(updates().hard_reset(lake.repository, kMain, RefExpr("main~1"), false)),
            "protected branch");

  const Repository still = lake.make_repository("still", true);
  EXPECT_EQ(failure_of(updates().reset(still, kMain, false)), "read-only repository");
  EXPECT_TRUE(updates().reset(still, kMain, true));
}

INSTANTIATE_TEST_SUITE_P(Wherever, Reset, testing::Values(Where::staged, Where::compacted, Where::both));

}  // namespace
}  // namespace mere::version
