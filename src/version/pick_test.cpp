#include <gtest/gtest.h>

#include "version/engine_test_support.h"

namespace mere::version {
namespace {

const BranchName kMain("main");

class Pick : public testing::Test {
 protected:
  void SetUp() override {
    c1 = lake.commit_all({{"a", "1"}});
    c2 = lake.commit_all({{"a", "2"}, {"b", "2"}});
    c3 = lake.commit_all({{"c", "3"}});
  }
  Result<Commit> revert(const std::string& ref, int parent = 0, RevertRequest request = {},
                        const std::string& branch = "main") {
    request.committer = "ann";
    request.parent_number = parent;
    lake.clock.advance(std::chrono::seconds(1));
    return lake.engine().updates.revert(lake.repository, BranchName(branch), RefExpr(ref), request);
  }
  Result<Commit> pick(const std::string& ref, std::optional<int> parent = std::nullopt,
                      CherryPickRequest request = {}, const std::string& branch = "main") {
    request.committer = "bob";
    request.parent_number = parent;
    lake.clock.advance(std::chrono::seconds(1));
    return lake.engine().updates.cherry_pick(lake.repository, BranchName(branch), RefExpr(ref), request);
  }
  CommitId merge_side() {
    lake.make_branch("s");
    lake.commit_all({{"m", "s"}}, "s");
    lake.commit_all({{"own", "1"}});
    return *lake.engine().updates.merge(lake.repository, RefExpr("s"), kMain, {});
  }
  TestLake lake;
  CommitId c1, c2, c3;
};

TEST_F(Pick, RevertUndoesTheChangeOfACommit) {
  const auto undone = revert(c2.str());

  ASSERT_TRUE(undone) << failure_of(undone);
  EXPECT_EQ(undone->message, "Revert " + c2.str());
  EXPECT_EQ(undone->metadata, Metadata{});
  EXPECT_EQ(undone->parents, std::vector<CommitId>{c3});
  EXPECT_EQ(lake.content(), (Content{{"a", "1"}, {"c", "3"}}));
}

TEST_F(Pick, RevertWithoutEffectIsRefusedUnlessAskedFor) {
  ASSERT_TRUE(revert(c2.str()));
  EXPECT_EQ(failure_of(revert(c2.str())), "update branch: no changes");
  EXPECT_TRUE(revert(c2.str(), 0, {.allow_empty = true}));
}

TEST_F(Pick, RevertTakesOtherWords) {
  const auto undone = revert("main", 1, {.overrides = {"undo three", Metadata{{"why", "test"}}}});
  ASSERT_TRUE(undone);
  EXPECT_EQ(undone->message, "undo three");
  EXPECT_EQ(undone->metadata, (Metadata{{"why", "test"}}));
}

TEST_F(Pick, RevertRefusesWhatItCannotUndo) {
  ASSERT_TRUE(lake.put("a", "9"));
  EXPECT_EQ(failure_of(revert(c1.str())), "uncommitted changes (dirty branch)");
  ASSERT_TRUE(lake.commit("nine"));
  const auto conflict = revert(c1.str());
  EXPECT_EQ(failure_of(conflict), "update branch: conflict found");
  EXPECT_EQ(failure_code_of(conflict), Code::conflict);
  EXPECT_EQ(failure_of(revert("nope")), "get commit from ref nope: not found");
  EXPECT_EQ(failure_of(revert(c3.str(), 2)), "given commit does not have the given parent number: parent 2");
  EXPECT_EQ(failure_of(revert(c3.str(), -1)), "argument parentNumber: invalid value: validation error");
  EXPECT_EQ(failure_of(revert(c3.str(), 0, {}, "nope")), "branch not found");
  EXPECT_EQ(failure_of(revert("main$")),
            "get commit from ref main$: reference 'main$': reference to staging area with $ is not a commit");
}

TEST_F(Pick, RevertOfAMergeNeedsAParent) {
  const CommitId merged = merge_side();

  const auto refused = revert(merged.str());
  EXPECT_EQ(failure_of(refused), "must specify 1-based parent number for reverting merge commit");
  EXPECT_EQ(failure_code_of(refused), Code::conflict);
  ASSERT_TRUE(revert(merged.str(), 1));
  EXPECT_EQ(lake.checksum("m"), "(not found)");
  EXPECT_EQ(lake.checksum("own"), "1");
}

TEST_F(Pick, CherryPickRepeatsTheChangeOfACommit) {
  lake.make_branch("dev");
  CommitRequest request;
  request.committer = "ann";
  request.message = "add d";
  request.metadata = {{"k", "v"}};
  ASSERT_TRUE(lake.put("d", "1", "dev"));
  const auto original = lake.engine().updates.commit(lake.repository, BranchName("dev"), request);
  lake.commit_all({{"a", "7"}}, "dev");

  const auto picked = pick(original->id.str());

  ASSERT_TRUE(picked) << failure_of(picked);
  EXPECT_EQ(picked->committer, "bob");
  EXPECT_EQ(picked->message, "add d");
  EXPECT_EQ(
      picked->metadata,
      (Metadata{{"k", "v"}, {"cherry-pick-origin", original->id.str()}, {"cherry-pick-committer", "ann"}}));
  EXPECT_EQ(lake.content(), (Content{{"a", "2"}, {"b", "2"}, {"c", "3"}, {"d", "1"}}));
  EXPECT_EQ((*lake.engine().commits.get(lake.repository, original->id))->metadata, (Metadata{{"k", "v"}}))
      << "the picked commit stays as it was";

  const auto again = pick(original->id.str());
  ASSERT_TRUE(again) << "what is there already makes a commit without changes";
  EXPECT_EQ(again->meta_range_id, picked->meta_range_id);
  const auto worded = pick("dev", std::nullopt, {.overrides = {"own words", Metadata{{"z", "1"}}}});
  ASSERT_TRUE(worded);
  EXPECT_EQ(worded->message, "own words");
  EXPECT_EQ(worded->metadata.size(), 3u);
  EXPECT_EQ(worded->metadata.at("z"), "1");
}

TEST_F(Pick, CherryPickRefusesWhatItCannotRepeat) {
  lake.make_branch("dev");
  const CommitId d1 = lake.commit_all({{"a", "dev"}}, "dev");
  ASSERT_TRUE(lake.put("a", "zzz"));
  EXPECT_EQ(failure_of(pick(d1.str())), "uncommitted changes (dirty branch)");
  ASSERT_TRUE(lake.commit("a is zzz"));
  EXPECT_EQ(failure_of(pick(d1.str())), "update branch: conflict found");
  EXPECT_EQ(failure_of(pick("nope")), "get commit from ref nope: not found");
  EXPECT_EQ(failure_of(pick(d1.str(), std::nullopt, {}, "nope")), "branch not found");
}

TEST_F(Pick, CherryPickOfAMergeNeedsAParent) {
  lake.make_branch("dev");
  const CommitId merged = merge_side();

  EXPECT_EQ(failure_of(pick(merged.str(), std::nullopt, {}, "dev")),
            "must specify 1-based parent number for cherry-picking merge commit");
  EXPECT_EQ(failure_of(pick(merged.str(), 3, {}, "dev")),
            "parent 3: given commit does not have the given parent number");
  EXPECT_EQ(failure_of(pick(merged.str(), 0, {}, "dev")),
            "argument parentNumber: value should be greater than 0: invalid value: validation error");
  ASSERT_TRUE(pick(merged.str(), 1, {}, "dev"));
  EXPECT_EQ(lake.checksum("m", "dev"), "s");
  EXPECT_EQ(lake.checksum("own", "dev"), "(not found)");
}

}  // namespace
}  // namespace mere::version
