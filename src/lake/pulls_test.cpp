#include "lake/pulls.h"

#include <gtest/gtest.h>

#include "lake/test_lake.h"

namespace mere::lake {
namespace {

struct PullsTest : testing::Test {
  TestLake test;
  Pulls& pulls = test.lake.pulls;
  const BranchName dev{"dev"};

  PullsTest() {
    EXPECT_TRUE(test.upload("a", "1"));
    EXPECT_TRUE(test.commit());
    EXPECT_TRUE(test.lake.engine.refs.create_branch(test.repository, dev, RefExpr("main"), false, false));
  }
  void change_dev() {
    EXPECT_TRUE(test.upload("b", "2", dev));
    EXPECT_TRUE(test.commit("dev"));
  }
  std::string create(const std::string& title = "first") {
    test.clock.advance(std::chrono::seconds(1));
    auto id = pulls.create(
        test.repository,
        {.title = title, .author = "admin", .description = "desc", .source = dev, .destination = kMain});
    EXPECT_TRUE(id);
    return *id;
  }
  std::vector<std::string> titles(std::optional<PullStatus> status, version::PageRequest page = {}) {
    std::vector<std::string> found;
    const auto listed = pulls.list(test.repository, page, status);
    for (const Pull& pull : listed->items) found.push_back(pull.title);
    return found;
  }
};

TEST_F(PullsTest, AreKeptAndListedNewestFirst) {
  const std::string first = create("first");
  create("second");
  create("third");

  EXPECT_EQ(pulls.get(test.repository, first)->description, "desc");
  EXPECT_EQ(pulls.get(test.repository, first)->status, PullStatus::open);
  EXPECT_EQ(titles(std::nullopt), (std::vector<std::string>{"third", "second", "first"}));
  const auto page = pulls.list(test.repository, {.amount = 2}, PullStatus::open);
  EXPECT_TRUE(page->has_more);
  const auto rest =
      pulls.list(test.repository, {.after = page->items.back().id, .amount = 1}, PullStatus::open);
  EXPECT_EQ(rest->items.front().title, "first");
  EXPECT_FALSE(rest->has_more);
}

TEST_F(PullsTest, AreListedByStatus) {
  create("open");
  const std::string closed = create("closed");
  ASSERT_TRUE(pulls.update(test.repository, closed, {.status = PullStatus::closed}));

  EXPECT_EQ(titles(PullStatus::open), std::vector<std::string>{"open"});
  EXPECT_EQ(titles(PullStatus::closed), std::vector<std::string>{"closed"});
  EXPECT_TRUE(titles(PullStatus::merged).empty());
}

TEST_F(PullsTest, AreRefusedForOneBranchOrUnknownOnes) {
  const auto refusal = [&](const char* source, const char* destination) {
    return pulls
        .create(test.repository,
                {.title = "t", .source = BranchName(source), .destination = BranchName(destination)})
        .error();
  };

  EXPECT_EQ(refusal("main", "main"),
            (Error{Code::invalid_argument,
                   "source and destination branches are the same: same branch validation error"}));
  EXPECT_EQ(refusal("nope", "main"), (Error{Code::not_found, "branch not found"}));
  EXPECT_EQ(refusal("dev", "nope"), (Error{Code::not_found, "branch not found"}));
  EXPECT_EQ(pulls.get(test.repository, "badid").error(),
            (Error{Code::invalid_argument,
                   "argument pullRequestID: pull request id: invalid value: validation error"}));
  EXPECT_EQ(pulls.get(test.repository, "d3n1eu5ta4vc73c2b9lg").error(),
            (Error{Code::not_found, "pull request not found"}));
}

TEST_F(PullsTest, MergingMovesTheDestinationAndMarksTheRequest) {
  change_dev();
  const std::string id = create();
  test.clock.advance(std::chrono::seconds(1));

  const auto merged = pulls.merge(test.repository, id, "admin");

  ASSERT_TRUE(merged) << merged.error().message;
  EXPECT_EQ(test.lake.engine.refs.branch(test.repository, kMain)->commit_id, *merged);
  const auto pull = pulls.get(test.repository, id);
  EXPECT_EQ(pull->status, PullStatus::merged);
  EXPECT_EQ(pull->merged_commit_id, merged->str());
  EXPECT_EQ(pull->closed_date, test.clock.now());
  EXPECT_EQ(pulls.merge(test.repository, id, "admin").error(),
            (Error{Code::invalid_argument, "bad pull request status"}));
}

TEST_F(PullsTest, ThatAreOpenedAgainKeepWhatTheyWere) {
  change_dev();
  const std::string id = create();
  ASSERT_TRUE(pulls.merge(test.repository, id, "admin"));

  ASSERT_TRUE(pulls.update(test.repository, id, {.status = PullStatus::open}));

  const auto pull = pulls.get(test.repository, id);
  EXPECT_EQ(pull->status, PullStatus::open);
  EXPECT_FALSE(pull->merged_commit_id.empty());
  EXPECT_TRUE(pull->closed_date);
}

TEST_F(PullsTest, WithoutChangesOrWithConflictsStayOpen) {
  const std::string id = create();
  EXPECT_EQ(pulls.merge(test.repository, id, "admin").error(),
            (Error{Code::invalid_argument, "update branch main: no changes"}));

  ASSERT_TRUE(test.upload("a", "dev's", dev));
  ASSERT_TRUE(test.commit("dev"));
  ASSERT_TRUE(test.upload("a", "main's"));
  ASSERT_TRUE(test.commit());
  EXPECT_EQ(pulls.merge(test.repository, id, "admin").error(),
            (Error{Code::conflict, "update branch main: conflict found"}));
  EXPECT_EQ(pulls.get(test.repository, id)->status, PullStatus::open);
}

}  // namespace
}  // namespace mere::lake
