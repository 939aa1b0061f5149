#include <gtest/gtest.h>

#include <limits>

#include "version/engine_test_support.h"
#include "version/protection.h"

namespace mere::version {
namespace {

const BranchName kMain("main");

CommitRequest request(const std::string& message) {
  CommitRequest request;
  request.committer = "ann";
  request.message = message;
  return request;
}

TEST(CommitUpdate, MovesTheBranchToItsChanges) {
  TestLake lake;
  const Commit initial = **lake.engine().commits.get(lake.repository, lake.branch().commit_id);
  ASSERT_TRUE(lake.put("a", "1"));
  CommitRequest asked = request("with metadata");
  asked.metadata = {{"author", "ann"}, {"n", "7"}};
  asked.date = 1'600'000'000;

  const auto commit = lake.engine().updates.commit(lake.repository, kMain, asked);

  ASSERT_TRUE(commit) << failure_of(commit);
  EXPECT_EQ(commit->parents, std::vector<CommitId>{initial.id});
  EXPECT_EQ(commit->generation, 2);
  EXPECT_EQ(commit->version, 1);
  EXPECT_EQ(commit->creation_date, (Timestamp{1'600'000'000, 0}));
  EXPECT_EQ(commit->metadata, asked.metadata);
  EXPECT_EQ(commit->committer, "ann");
  EXPECT_EQ(commit->id, id_of(*commit));
  EXPECT_EQ(lake.branch().commit_id, commit->id);
  EXPECT_TRUE(lake.branch().sealed_tokens.empty());
  EXPECT_EQ(**lake.engine().commits.get(lake.repository, commit->id), *commit);
  EXPECT_EQ(lake.content("main@"), (Content{{"a", "1"}}));
  EXPECT_TRUE(lake.uncommitted().empty());
}

TEST(CommitUpdate, RefusesToCommitNothing) {
  TestLake lake;
  EXPECT_EQ(failure_of(lake.commit("nothing")), "commit: no changes");
  const CommitId first = lake.commit_all({{"a", "1"}});

  ASSERT_TRUE(lake.put("a", "1"));  // the same content again
  ASSERT_TRUE(lake.put("tmp", "1"));
  ASSERT_TRUE(lake.remove("tmp"));
  EXPECT_EQ(failure_of(lake.commit("nothing")), "commit: no changes");
  EXPECT_EQ(lake.branch().commit_id, first);
  EXPECT_TRUE(lake.branch().sealed_tokens.empty()) << "changes without an effect do not pile up";

  const auto empty = lake.commit("on purpose", "main", true);
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->meta_range_id, (*lake.engine().commits.get(lake.repository, first))->meta_range_id);
}

TEST(CommitUpdate, OfAnEmptyRepositoryKeepsTheEmptyTree) {
  TestLake lake;
  const auto empty = lake.commit("on purpose", "main", true);
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->meta_range_id, MetaRangeId());

  ASSERT_TRUE(lake.put("a", "1"));
  ASSERT_TRUE(lake.commit("a"));
  ASSERT_TRUE(lake.remove("a"));
  const auto emptied = lake.commit("emptied");
  ASSERT_TRUE(emptied);
  EXPECT_EQ(emptied->meta_range_id.str(), "00fb7eff1a97c500eb3ca8d2ef5464131d6b6a5f9512e41eba97843522213b66");
  EXPECT_TRUE(lake.content().empty());
}

TEST(CommitUpdate, RefusesWhatIsNotAllowed) {
  TestLake lake;
  const Repository still = lake.make_repository("still", true);
  EXPECT_EQ(failure_of(lake.engine().updates.commit(still, kMain, request("m"))), "read-only repository");
  EXPECT_EQ(failure_of(lake.commit("m", "nope")), "branch not found");

  ASSERT_TRUE(lake.put("a", "1"));
  ASSERT_TRUE(set_protection_rules(lake.engine().repositories, lake.repository, {"ma*"}, std::nullopt));
  EXPECT_EQ(failure_of(lake.commit("m")), "cannot commit to protected branch");
}

TEST(CommitUpdate, TakesAGivenTreeOnACleanBranch) {
  TestLake lake;
  const CommitId first = lake.commit_all({{"a", "1"}, {"b", "1"}});
  ASSERT_TRUE(lake.remove("b"));
  ASSERT_TRUE(lake.commit("second"));
  CommitRequest asked = request("back");
  asked.source_metarange = (*lake.engine().commits.get(lake.repository, first))->meta_range_id;

  ASSERT_TRUE(lake.put("dirt", "1"));
  EXPECT_EQ(failure_of(lake.engine().updates.commit(lake.repository, kMain, asked)),
            "cannot use source MetaRange on a branch with uncommitted changes");
  ASSERT_TRUE(lake.engine().updates.reset(lake.repository, kMain, false));
  ASSERT_TRUE(lake.engine().updates.commit(lake.repository, kMain, asked));
  EXPECT_EQ(lake.content(), (Content{{"a", "1"}, {"b", "1"}}));

  asked.source_metarange = MetaRangeId("../../elsewhere");
  EXPECT_EQ(failure_of(lake.engine().updates.commit(lake.repository, kMain, asked)),
            "metarange id: invalid value: validation error");
  asked.source_metarange = MetaRangeId(std::string(64, '0'));
  EXPECT_EQ(failure_code_of(lake.engine().updates.commit(lake.repository, kMain, asked)), Code::gone);
}

TEST(CommitUpdate, GivesTheSameTreeWhetherOrNotTheChangesWereCompacted) {
  TestLake plain;
  TestLake compacted;
  const auto put = [](TestLake& lake, const std::string& path, const std::string& content) {
    tree::Entry entry;
    entry.checksum = content;
    entry.address = "at/" + path;  // the same in both lakes: then ids can be the same
    ASSERT_TRUE(lake.engine().entries.put(lake.repository, kMain, path, entry));
  };
  for (TestLake* lake : {&plain, &compacted}) {
    for (int i = 0; i < 60; ++i) put(*lake, "k" + std::to_string(i), std::to_string(i));
    ASSERT_TRUE(lake->commit("base"));
    for (int i = 0; i < 60; i += 2) {
      const std::string path = "k" + std::to_string(i);
      if (i % 3 == 0) ASSERT_TRUE(lake->remove(path));
      if (i % 3 == 1) put(*lake, path + "x", "new");
      if (i % 3 == 2) put(*lake, path, i % 5 == 0 ? std::to_string(i) : "changed");
      const bool compacts = lake == &compacted && i % 10 == 0;
      if (compacts) ASSERT_TRUE(lake->engine().updates.compact(lake->repository, kMain));
    }
  }

  const auto left = plain.commit("m");
  const auto right = compacted.commit("m");

  ASSERT_TRUE(left && right);
  EXPECT_EQ(left->meta_range_id, right->meta_range_id);
  EXPECT_EQ(plain.content(), compacted.content());
}

TEST(CommitUpdate, WritesARecordAsGiven) {
  TestLake lake;
  Commit commit;
  commit.committer = "bob";
  commit.message = "from elsewhere";
  commit.creation_date = {1'500'000'000, 0};
  commit.generation = 7;
  Updates& updates = lake.engine().updates;
  commit.id = CommitId(std::string(64, 'a'));
  EXPECT_EQ(failure_of(updates.create_commit_record(lake.repository, commit, false)),
            "commit id: invalid value: validation error");

  Commit elsewhere = commit;
  elsewhere.meta_range_id = MetaRangeId("../../elsewhere");
  elsewhere.id = id_of(elsewhere);
  EXPECT_EQ(failure_of(updates.create_commit_record(lake.repository, elsewhere, false)),
            "metarange id: invalid value: validation error");

  commit.id = id_of(commit);
  EXPECT_TRUE(updates.create_commit_record(lake.repository, commit, false));
  Commit same_id = commit;
  same_id.generation = 1;
  EXPECT_TRUE(updates.create_commit_record(lake.repository, same_id, false)) << "it is there already";
  EXPECT_EQ((*lake.engine().commits.get(lake.repository, commit.id))->generation, 7);
}

TEST(CommitUpdate, OnTopOfTheLargestGenerationStaysThere) {
  TestLake lake;
  Commit commit;
  commit.generation = std::numeric_limits<std::int32_t>::max();
  commit.id = id_of(commit);
  Updates& updates = lake.engine().updates;
  ASSERT_TRUE(updates.create_commit_record(lake.repository, commit, false));
  ASSERT_TRUE(updates.hard_reset(lake.repository, kMain, RefExpr(commit.id.str()), false));

  EXPECT_EQ(lake.commit("next", "main", true)->generation, commit.generation);
}

TEST(CommitUpdate, ErasesTheTokensItCommitted) {
  TestLake lake;
  lake.commit_all({{"a", "1"}, {"b", "1"}});
  EXPECT_FALSE(lake.state->scan("s/")->valid());
  EXPECT_FALSE(lake.state->scan("drop/")->valid());
}

}  // namespace
}  // namespace mere::version
