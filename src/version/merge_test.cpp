#include <gtest/gtest.h>

#include "version/engine_test_support.h"
#include "version/protection.h"

namespace mere::version {
namespace {

using Lines = std::vector<std::string>;

class Merge : public testing::Test {
 protected:
  void SetUp() override {
    base = lake.commit_all({{"a", "base"}, {"b", "base"}, {"c", "base"}, {"d", "base"}});
    lake.make_branch("dev");
  }
  MergeRequest request() {
    MergeRequest made;
    made.committer = "ann";
    return made;
  }
  Result<CommitId> merge(const MergeRequest& asked, const std::string& source = "dev",
                         const std::string& destination = "main") {
    lake.clock.advance(std::chrono::seconds(1));
    return lake.engine().updates.merge(lake.repository, RefExpr(source), BranchName(destination), asked);
  }
  Commit commit(const CommitId& id) { return **lake.engine().commits.get(lake.repository, id); }
  void
  diverge() {  // a: deleted in dev; b: deleted in dev, changed in main; c: changed in dev, deleted in main
    ASSERT_TRUE(lake.remove("a", "dev"));
    ASSERT_TRUE(lake.remove("b", "dev"));
    lake.commit_all({{"c", "dev"}}, "dev");
    ASSERT_TRUE(lake.remove("c"));
    lake.commit_all({{"b", "main"}});
  }
  TestLake lake;
  CommitId base;
};

TEST_F(Merge, BringsTheChangesOfTheSource) {
  const CommitId dev = lake.commit_all({{"new", "dev"}}, "dev");
  MergeRequest asked = request();
  asked.message = "bring it";
  asked.metadata = {{"k", "v"}};

  const auto merged = merge(asked);

  ASSERT_TRUE(merged) << failure_of(merged);
  const Commit made = commit(*merged);
  EXPECT_EQ(made.parents, (std::vector<CommitId>{base, dev}));
  EXPECT_EQ(made.generation, 4);
  EXPECT_EQ(made.message, "bring it");
  EXPECT_EQ(made.metadata, (Metadata{{"k", "v"}, {".lakefs.merge.strategy", "default"}}));
  EXPECT_EQ(made.meta_range_id, commit(dev).meta_range_id) << "only one side changed";
  EXPECT_EQ(lake.checksum("new"), "dev");
}

TEST_F(Merge, WithoutChangesIsRefusedUnlessAskedFor) {
  EXPECT_EQ(failure_of(merge(request())), "update branch main: no changes");
  EXPECT_EQ(failure_of(merge(request(), "main")), "update branch main: no changes");
  ASSERT_TRUE(lake.put("g", "1", "dev"));
  EXPECT_EQ(failure_of(merge(request())), "update branch main: no changes") << "uncommitted in the source";
  ASSERT_TRUE(lake.commit("g", "dev"));
  ASSERT_TRUE(merge(request()));
  EXPECT_EQ(failure_of(merge(request())), "update branch main: no changes") << "again";

  MergeRequest asked = request();
  asked.allow_empty = true;
  const auto empty = merge(asked);
  ASSERT_TRUE(empty);
  EXPECT_EQ(commit(*empty).message, "Merge 'dev' into 'main'");
  EXPECT_TRUE(merge(asked, "main"));
}

TEST_F(Merge, IntoADirtyBranchIsRefused) {
  lake.commit_all({{"new", "dev"}}, "dev");
  ASSERT_TRUE(lake.put("dirt", "1"));
  MergeRequest asked = request();
  asked.force = true;

  EXPECT_EQ(failure_of(merge(asked)), "uncommitted changes (dirty branch)");
  ASSERT_TRUE(lake.engine().updates.compact(lake.repository, BranchName("main")));
  EXPECT_EQ(failure_of(merge(asked)), "uncommitted changes (dirty branch)");
  ASSERT_TRUE(lake.remove("dirt"));
  EXPECT_TRUE(merge(asked)) << "nothing has an effect any more";
  EXPECT_TRUE(lake.uncommitted().empty());
}

TEST_F(Merge, DropsStagedEntriesThatHadNoEffect) {
  lake.commit_all({{"a", "dev"}}, "dev");
  ASSERT_TRUE(lake.put("a", "base"));  // as committed: were it kept, it would undo the merge

  ASSERT_TRUE(merge(request()));

  EXPECT_EQ(lake.checksum("a"), "dev");
  EXPECT_TRUE(lake.uncommitted().empty());
}

TEST_F(Merge, OfConflictingChangesIsRefusedAndMovesNothing) {
  diverge();
  const Branch before = lake.branch();

  const auto refused = merge(request());

  EXPECT_EQ(failure_of(refused), "update branch main: conflict found");
  EXPECT_EQ(failure_code_of(refused), Code::conflict);
  EXPECT_EQ(lake.branch(), before);
}

TEST_F(Merge, TakesOneSideOfConflictsWhenAsked) {
  diverge();
  const CommitId head = lake.branch().commit_id;
  MergeRequest asked = request();
  asked.strategy = tree::MergeStrategy::source_wins;
  const auto source = merge(asked);
  ASSERT_TRUE(source);
  EXPECT_EQ(lake.content(), (Content{{"c", "dev"}, {"d", "base"}}));
  EXPECT_EQ(commit(*source).metadata.at(".lakefs.merge.strategy"), "source-wins");

  ASSERT_TRUE(
      lake.engine().updates.hard_reset(lake.repository, BranchName("main"), RefExpr(head.str()), false));
  asked.strategy = tree::MergeStrategy::dest_wins;
  const auto destination = merge(asked);
  ASSERT_TRUE(destination);
  EXPECT_EQ(lake.content(), (Content{{"b", "main"}, {"d", "base"}}));
  EXPECT_EQ(commit(*destination).metadata.at(".lakefs.merge.strategy"), "dest-wins");
}

TEST_F(Merge, OfEqualChangesMakesACommit) {
  lake.commit_all({{"same", "1"}}, "dev");
  const CommitId head = lake.commit_all({{"same", "1"}});

  const auto merged = merge(request());

  ASSERT_TRUE(merged);
  EXPECT_NE(*merged, head);
}

TEST_F(Merge, SquashedHasOneParentAndCanBeRepeated) {
  lake.commit_all({{"h", "1"}}, "dev");
  lake.commit_all({{"h2", "1"}}, "dev");
  MergeRequest asked = request();
  asked.squash = true;

  const auto squashed = merge(asked);

  ASSERT_TRUE(squashed);
  EXPECT_EQ(commit(*squashed).parents, std::vector<CommitId>{base});
  EXPECT_EQ(commit(*squashed).generation, 5);
  EXPECT_TRUE(merge(asked));
}

TEST_F(Merge, TakesAnyReferenceAsTheSourceAndABranchAsTheDestination) {
  const CommitId dev = lake.commit_all({{"i", "1"}}, "dev");
  const auto merged = merge(request(), dev.str());
  ASSERT_TRUE(merged);
  EXPECT_EQ(commit(*merged).message, "Merge '" + dev.str() + "' into 'main'");

  EXPECT_EQ(failure_of(merge(request(), "nope")), "update branch main: get commit by ref nope: not found");
  EXPECT_EQ(failure_of(merge(request(), "dev", "nope")), "branch not found");
  EXPECT_EQ(failure_of(merge(request(), "dev$")),
            "update branch main: get commit by ref dev$: reference 'dev$': reference to staging area with $ "
            "is not a "
            "commit");
}

TEST_F(Merge, GoesIntoProtectedBranchesButNotIntoReadOnlyRepositories) {
  lake.commit_all({{"i", "1"}}, "dev");
  ASSERT_TRUE(set_protection_rules(lake.engine().repositories, lake.repository, {"main"}, std::nullopt));
  EXPECT_TRUE(merge(request()));

  const Repository still = lake.make_repository("still", true);
  EXPECT_EQ(failure_of(lake.engine().updates.merge(still, RefExpr("main"), BranchName("main"), request())),
            "read-only repository");
}

TEST_F(Merge, KeepsAnAdditionWhoseContentTheOtherSideDeletedElsewhere) {
  // Base {a, m=X}; the source adds k=X; the destination deletes m.
  lake.commit_all({{"m", "X"}}, "main");
  lake.make_branch("side");
  lake.commit_all({{"k", "X"}}, "side");
  ASSERT_TRUE(lake.remove("m"));
  ASSERT_TRUE(lake.commit("no m"));

  ASSERT_TRUE(merge(request(), "side"));

  EXPECT_EQ(lake.checksum("k"), "X");
  EXPECT_EQ(lake.checksum("m"), "(not found)");
}

TEST_F(Merge, SeesAConflictWhateverFollowsInTheBase) {
  // Both sides add k differently, and the record behind k in the base has the content of one of them.
  lake.commit_all({{"l", "X"}});
  lake.make_branch("side");
  lake.commit_all({{"k", "X"}}, "side");
  lake.commit_all({{"k", "Y"}});

  EXPECT_EQ(failure_of(merge(request(), "side")), "update branch main: conflict found");
}

TEST_F(Merge, ImportsReplaceWhatIsUnderTheirPrefixes) {
  lake.commit_all({{"in/old", "1"}, {"single", "1"}, {"kept", "1"}});
  lake.make_branch("records", "main~2");  // the initial commit
  lake.commit_all({{"in/new", "2"}, {"single", "2"}}, "records");
  ImportRequest import;
  import.commit.committer = "ann";
  import.commit.metadata = {{"src", "set1"}};
  import.records = commit(lake.branch("records").commit_id).meta_range_id;
  import.replaced_prefixes = {"in/"};
  import.replaced_keys = {"single"};

  ASSERT_TRUE(lake.put("dirt", "1"));
  EXPECT_EQ(failure_of(lake.engine().updates.import(lake.repository, BranchName("main"), import)),
            "uncommitted changes (dirty branch)");
  ASSERT_TRUE(lake.remove("dirt"));
  const auto imported = lake.engine().updates.import(lake.repository, BranchName("main"), import);

  ASSERT_TRUE(imported) << failure_of(imported);
  EXPECT_EQ(imported->message, "Import objects");
  EXPECT_EQ(imported->metadata, (Metadata{{"src", "set1"}, {".lakefs.merge.strategy", "source-wins"}}));
  EXPECT_EQ(imported->parents.size(), 1u);
  EXPECT_EQ(lake.content(), (Content{{"a", "base"},
                                     {"b", "base"},
                                     {"c", "base"},
                                     {"d", "base"},
                                     {"in/new", "2"},
                                     {"kept", "1"},
                                     {"single", "2"}}));
  EXPECT_EQ(lake.engine().repositories.metadata(lake.repository)->at(".lakefs.last.import.timestamp"),
            std::to_string(imported->creation_date.seconds));
}

}  // namespace
}  // namespace mere::version
