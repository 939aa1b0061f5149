#include "version/entries.h"

#include <gtest/gtest.h>

#include "version/engine_test_support.h"
#include "version/keys.h"
#include "version/protection.h"

namespace mere::version {
namespace {

const BranchName kMain("main");

std::size_t count_staged(const TestLake& lake) {
  std::size_t count = 0;
  for (auto cursor = lake.state->scan("s/"); cursor->valid(); cursor->next()) ++count;
  return count;
}

Status put_if_absent(TestLake& lake, const std::string& path, const std::string& content) {
  return lake.engine().entries.put(lake.repository, kMain, path, entry_of(content), {.if_absent = true});
}

TEST(Entries, ShowTheNewestOfStagedSealedCompactedAndCommitted) {
  TestLake lake;
  lake.commit_all({{"a", "committed"}, {"b", "committed"}, {"c", "committed"}});
  ASSERT_TRUE(lake.put("b", "compacted"));
  ASSERT_TRUE(lake.engine().updates.compact(lake.repository, kMain));
  ASSERT_TRUE(lake.put("c", "staged"));

  EXPECT_EQ(lake.checksum("a"), "committed");
  EXPECT_EQ(lake.checksum("b"), "compacted");
  EXPECT_EQ(lake.checksum("c"), "staged");
  EXPECT_EQ(lake.checksum("b", "main@"), "committed");
  EXPECT_EQ(lake.checksum("b", "main$"), "compacted");
  EXPECT_EQ(lake.checksum("d"), "(not found)");
  EXPECT_EQ(lake.checksum("a", "nope"), "(not found)");
  EXPECT_EQ(lake.checksum(std::string(5000, 'x')), "(not found)");
}

TEST(Entries, KeepEveryFieldOfAnEntry) {
  TestLake lake;
  tree::Entry entry = entry_of("x");
  entry.address = "s3://elsewhere/x";
  entry.address_type = tree::AddressType::full;
  entry.last_modified = {1'600'000'000, 5};
  entry.metadata = {{"k", "v"}, {"", "empty"}};

  ASSERT_TRUE(lake.engine().entries.put(lake.repository, kMain, "x", entry));
  EXPECT_EQ(*lake.engine().entries.find(lake.repository, RefExpr("main"), "x"), entry);
  ASSERT_TRUE(lake.commit("x"));
  EXPECT_EQ(*lake.engine().entries.find(lake.repository, RefExpr("main"), "x"), entry);
}

TEST(Entries, RefuseToWriteWhereItIsNotAllowed) {
  TestLake lake;
  Entries& entries = lake.engine().entries;

  EXPECT_EQ(failure_of(lake.put("x", "1", "nope")), "branch 'nope' not found");
  EXPECT_EQ(failure_of(lake.remove("x", "nope")), "branch not found");
  EXPECT_EQ(failure_of(lake.put(std::string(1025, 'p'), "1")),
            "argument path: invalid value: validation error: 1025 is above maximum length (1024)");
  EXPECT_TRUE(lake.put(std::string(1024, 'p'), "1"));

  ASSERT_TRUE(set_protection_rules(lake.engine().repositories, lake.repository, {"main"}, std::nullopt));
  EXPECT_EQ(failure_of(lake.put("x", "1")), "cannot write to protected branch");
  EXPECT_EQ(failure_of(lake.remove("x")), "cannot write to protected branch");
  EXPECT_EQ(failure_of(entries.check_put(lake.repository, kMain, "x", {.force = true})),
            "cannot write to protected branch");
  const auto errors = entries.remove(lake.repository, kMain, std::vector<std::string>{"a", "b"});
  ASSERT_TRUE(errors);
  ASSERT_EQ(errors->size(), 2u);
  EXPECT_EQ((*errors)[1].path, "b");
  EXPECT_EQ((*errors)[1].error.message, "cannot write to protected branch");
}

TEST(Entries, RefuseToWriteToAReadOnlyRepositoryUnlessForced) {
  TestLake lake;
  const Repository still = lake.make_repository("still", true);
  Entries& entries = lake.engine().entries;

  EXPECT_EQ(failure_of(entries.put(still, kMain, "x", entry_of("1"))), "read-only repository");
  EXPECT_EQ(failure_of(entries.remove(still, kMain, "x")), "read-only repository");
  EXPECT_EQ(entries.remove(still, kMain, std::vector<std::string>{"x"})->front().error.message,
            "read-only repository");
  EXPECT_TRUE(entries.put(still, kMain, "x", entry_of("1"), {.force = true}));
}

TEST(Entries, WriteIfAbsentOnlyWhereNothingShows) {
  TestLake lake;
  lake.commit_all({{"committed", "1"}, {"deleted", "1"}});
  ASSERT_TRUE(lake.put("staged", "1"));
  ASSERT_TRUE(lake.remove("deleted"));

  EXPECT_EQ(failure_of(put_if_absent(lake, "committed", "2")), "path already exists");
  EXPECT_EQ(failure_of(put_if_absent(lake, "staged", "2")), "path already exists");
  EXPECT_TRUE(put_if_absent(lake, "deleted", "2"));
  EXPECT_TRUE(put_if_absent(lake, "free", "2"));
  EXPECT_EQ(failure_of(put_if_absent(lake, "free", "3")), "path already exists");
  EXPECT_EQ(lake.checksum("free"), "2");
  EXPECT_EQ(failure_of(lake.engine().entries.check_put(lake.repository, kMain, "free", {.if_absent = true})),
            "path already exists");
}

TEST(Entries, WriteIfUnchangedComparesTheIdentity) {
  TestLake lake;
  lake.commit_all({{"x", "1"}});
  const std::string one = tree::identity_of(entry_of("1"));
  Entries& entries = lake.engine().entries;

  EXPECT_TRUE(entries.put(lake.repository, kMain, "x", entry_of("2"), {.if_identity = std::optional(one)}));
  const Status stale =
      entries.put(lake.repository, kMain, "x", entry_of("3"), {.if_identity = std::optional(one)});
  EXPECT_EQ(failure_code_of(stale), Code::precondition_failed);
  const Status missing =
      entries.put(lake.repository, kMain, "y", entry_of("3"), {.if_identity = std::optional(one)});
  EXPECT_EQ(failure_code_of(missing), Code::precondition_failed);
  EXPECT_TRUE(entries.put(lake.repository, kMain, "y", entry_of("3"),
                          {.if_identity = std::optional<std::optional<std::string>>(std::nullopt)}));
  EXPECT_EQ(lake.checksum("x"), "2");
}

TEST(Entries, LeaveNoTombstoneWhereThereIsNothingToHide) {
  TestLake lake;
  lake.commit_all({{"x", "1"}});

  EXPECT_TRUE(lake.remove("never"));
  EXPECT_EQ(count_staged(lake), 0u);
  EXPECT_TRUE(lake.remove("x"));
  EXPECT_EQ(count_staged(lake), 1u);
  EXPECT_EQ(lake.checksum("x"), "(not found)");
  EXPECT_TRUE(lake.remove("x")) << "twice";
}

TEST(Entries, AreDeletedManyAtOnce) {
  TestLake lake;
  Content content;
  for (int i = 0; i < 40; ++i) content["p" + std::to_string(i)] = "1";
  lake.commit_all(content);
  ASSERT_TRUE(lake.put("staged", "1"));
  std::vector<std::string> paths = {"staged", "none", "", "p1", "p1", "p39", std::string(2000, 'x')};

  const auto errors = lake.engine().entries.remove(lake.repository, kMain, paths);

  ASSERT_TRUE(errors);
  ASSERT_EQ(errors->size(), 1u);
  EXPECT_EQ(errors->front().path.size(), 2000u);
  content.erase("p1");
  content.erase("p39");
  EXPECT_EQ(lake.content(), content);
  EXPECT_EQ(lake.uncommitted(), (std::vector<std::string>{"-p1", "-p39"}));
}

TEST(Entries, AreDeletedAtMostAThousandAtOnce) {
  TestLake lake;
  Entries& entries = lake.engine().entries;

  const auto errors = entries.remove(lake.repository, kMain, std::vector<std::string>(1001, "x"));
  EXPECT_EQ(failure_of(errors), "request size exceeded, max paths is set to 1000");
  EXPECT_TRUE(entries.remove(lake.repository, kMain, std::vector<std::string>()));
  const auto unknown = entries.remove(lake.repository, BranchName("nope"), std::vector<std::string>{"x"});
  EXPECT_EQ(failure_of(unknown), "branch not found");
}

TEST(Entries, AreReadFromTheBranchAsItIsNowIfWhatWasResolvedIsErased) {
  TestLake lake;
  ASSERT_TRUE(lake.put("x", "1"));
  const auto stale = lake.engine().refs.resolve(lake.repository, RefExpr("main"));
  ASSERT_TRUE(lake.commit("x"));  // erases the token that `stale` refers to

  const auto found = lake.engine().entries.find(lake.repository, *stale, "x");

  ASSERT_TRUE(found) << failure_of(found);
  EXPECT_EQ(found->checksum, "1");
}

}  // namespace
}  // namespace mere::version
