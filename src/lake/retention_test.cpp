#include "lake/retention.h"

#include <gtest/gtest.h>

#include <set>

#include "base/encoding.h"
#include "lake/test_lake.h"
#include "lake/uncommitted.h"

namespace mere::lake {
namespace {

struct RetentionTest : testing::Test {
  TestLake test;
  Retention& retention = test.lake.retention;

  std::string file(const std::string& relative) {
    return *block::read_all(*test.store, block::join(test.repository.storage_namespace, relative), 1 << 20);
  }
  // Everything that a walk in small portions finds.
  std::multiset<std::string> uncommitted(std::size_t portion_bytes = 1) {
    std::multiset<std::string> found;
    std::optional<UncommittedPosition> from;
    do {
      AddressTable table;
      auto next = UncommittedWalk(test.lake.engine, *test.store, test.trees, test.clock)
                      .collect(test.repository, from, {.bytes = portion_bytes}, table);
      EXPECT_TRUE(next);
      EXPECT_TRUE(table.rows() > 0 || !*next);
      for (const std::string& address : table.physical_addresses()) found.insert(address);
      from = *next;
    } while (from);
    return found;
  }
};

TEST_F(RetentionTest, RulesLieInTheNamespaceAsLakefsReadsThem) {
  EXPECT_EQ(retention.rules(test.repository).error(), (Error{Code::not_found, "not found"}));

  ASSERT_TRUE(retention.set_rules(test.repository,
                                  {.default_days = 21, .branch_days = {{"main", 28}, {"dev", 7}}}, false));

  EXPECT_EQ(to_hex(file("_lakefs/retention/gc/rules/config.json")),
            "081512070a036465761007"
            "12080a046d61696e101c");
  const auto rules = retention.rules(test.repository);
  EXPECT_EQ(rules->default_days, 21);
  EXPECT_EQ(rules->branch_days, (std::map<std::string, std::int32_t>{{"main", 28}, {"dev", 7}}));
}

TEST_F(RetentionTest, RulesOfLakefsAreRead) {
  const std::string bytes = *from_hex("081512080a046d61696e101c12070a036465761007");
  ASSERT_TRUE(block::write_all(
      *test.store, {test.repository.storage_namespace.uri + "/_lakefs/retention/gc/rules/config.json"},
      bytes));

  EXPECT_EQ(retention.rules(test.repository)->branch_days.at("dev"), 7);
}

TEST_F(RetentionTest, RulesAreRemovedAndZeroDaysAreARule) {
  ASSERT_TRUE(retention.set_rules(test.repository, {}, false));
  EXPECT_EQ(retention.rules(test.repository)->default_days, 0);
  ASSERT_TRUE(retention.set_rules(test.repository, {.default_days = -1}, false));
  EXPECT_EQ(retention.rules(test.repository)->default_days, -1);

  ASSERT_TRUE(retention.remove_rules(test.repository, false));

  EXPECT_FALSE(retention.rules(test.repository));
  const auto read_only = test.make_repository("read-only", "mem://read-only", true);
  EXPECT_EQ(retention.set_rules(read_only, {}, false).error(),
            (Error{Code::permission_denied, "read-only repository"}));
  EXPECT_TRUE(retention.set_rules(read_only, {}, true));
}

TEST_F(RetentionTest, CommitsToKeepAreWrittenAsCsv) {
  EXPECT_EQ(retention.prepare_commits(test.repository).error(),
            (Error{Code::not_found, "get gc rules: not found"}));
  ASSERT_TRUE(retention.set_rules(test.repository, {.default_days = 7}, false));
  ASSERT_TRUE(test.upload("a", "1"));
  const auto old = test.commit();
  ASSERT_TRUE(test.upload("a", "2"));
  const auto tagged = test.commit();
  ASSERT_TRUE(
      test.lake.engine.refs.create_tag(test.repository, version::TagName("v1"), RefExpr("main"), false));
  ASSERT_TRUE(test.upload("a", "3"));
  ASSERT_TRUE(test.commit());
  test.clock.advance(std::chrono::hours(24 * 10));
  ASSERT_TRUE(test.upload("a", "4"));
  const auto head = test.commit();

  const auto prepared = retention.prepare_commits(test.repository);

  ASSERT_TRUE(prepared) << prepared.error().message;
  EXPECT_TRUE(is_xid(prepared->run_id));
  EXPECT_EQ(prepared->commits_location,
            "mem://repo/_lakefs/retention/gc/commits/run_id=" + prepared->run_id + "/commits.csv");
  EXPECT_EQ(prepared->addresses_location, "mem://repo/_lakefs/retention/gc/addresses");
  const std::string csv = file("_lakefs/retention/gc/commits/run_id=" + prepared->run_id + "/commits.csv");
  EXPECT_TRUE(csv.starts_with("commit_id,expired,metarange_id\n"));
  EXPECT_NE(csv.find(head->id.str() + ",false," + head->meta_range_id.str() + "\n"), std::string::npos);
  EXPECT_NE(csv.find(tagged->id.str()), std::string::npos);
  EXPECT_EQ(csv.find(old->id.str()), std::string::npos);
}

TEST_F(RetentionTest, TheTaskAnswersTheSameAndFailsWithoutRules) {
  const auto failed = retention.start_prepare_commits(test.repository);
  ASSERT_TRUE(failed);
  EXPECT_TRUE(failed->starts_with("GCPC"));
  EXPECT_EQ(test.lake.tasks.get(test.repository, *failed)->error,
            (Error{Code::not_found, "get gc rules: not found"}));

  ASSERT_TRUE(retention.set_rules(test.repository, {.default_days = 7}, false));
  const auto id = retention.start_prepare_commits(test.repository);
  const auto task = test.lake.tasks.get(test.repository, *id);
  ASSERT_TRUE(task->done && !task->error);
  EXPECT_TRUE(is_xid(Retention::decode_prepared(task->result)->run_id));
}

TEST_F(RetentionTest, UncommittedAddressesOfAllBranchesAreFoundOnceEach) {
  std::multiset<std::string> expected;
  ASSERT_TRUE(test.upload("committed", "x"));
  ASSERT_TRUE(test.commit());
  for (const char* name : {"a", "hidden", "z"}) {
    ASSERT_TRUE(test.lake.engine.refs.create_branch(test.repository, BranchName(name), RefExpr("main"),
                                                    name[0] == 'h', false));
    for (int i = 0; i < 5; ++i)
      expected.insert(test.upload("p" + std::to_string(i), name, BranchName(name))->address);
  }
  ASSERT_TRUE(test.lake.engine.entries.remove(test.repository, kMain, "committed"));

  EXPECT_EQ(uncommitted(), expected);
  EXPECT_EQ(uncommitted(20 << 20), expected);
}

TEST_F(RetentionTest, BytesThatAreStillReadAreFoundThoughTheContentIsTheCommittedOne) {
  ASSERT_TRUE(test.upload("a", "same"));
  ASSERT_TRUE(test.commit());
  const auto again = test.upload("a", "same");

  EXPECT_EQ(uncommitted(), std::multiset<std::string>{again->address});
}

TEST_F(RetentionTest, CompactedChangesAreFoundToo) {
  const auto first = test.upload("a", "1");
  ASSERT_TRUE(test.lake.engine.updates.compact(test.repository, kMain));
  const auto second = test.upload("b", "2");

  EXPECT_EQ(uncommitted(), (std::multiset<std::string>{first->address, second->address}));
}

TEST_F(RetentionTest, AddressesElsewhereAreNotOurs) {
  const auto stage = [&](const std::string& path, const std::string& address) {
    ASSERT_TRUE(test.lake.objects.stage(test.repository, kMain, path,
                                        {.physical_address = address, .checksum = "c", .size_bytes = 1}));
  };
  stage("outside", "mem://elsewhere/x");
  stage("neighbour", "mem://repository2/x");
  stage("inside", "mem://repo/data/own");

  EXPECT_EQ(uncommitted(), std::multiset<std::string>{"data/own"});
}

TEST_F(RetentionTest, UncommittedAddressesAreWrittenAsParquet) {
  const auto nothing = retention.prepare_uncommitted(test.repository, "");
  ASSERT_TRUE(test.upload("a", "x"));
  const auto prepared = retention.prepare_uncommitted(test.repository, "");

  EXPECT_EQ(nothing->location, "");
  EXPECT_EQ(nothing->continuation_token, "");
  EXPECT_EQ(prepared->location,
            "mem://repo/_lakefs/retention/gc/uncommitted/" + prepared->run_id + "/uncommitted");
  int files = 0;
  ASSERT_TRUE(test.store->list({prepared->location}, {}, [&](const block::Listed& listed) {
    EXPECT_TRUE(block::read_all(*test.store, listed.address, 1 << 20)->starts_with("PAR1"));
    ++files;
    return true;
  }));
  EXPECT_EQ(files, 1);
}

TEST_F(RetentionTest, ABadContinuationTokenIsRefused) {
  for (const char* token : {"!!", "AAAA", "CgRtYWlu", "CgRtYWluGgQuLi8u"}) {
    EXPECT_EQ(retention.prepare_uncommitted(test.repository, token).error(),
              (Error{Code::invalid_argument, "invalid continuation token"}))
        << token;
  }
}

}  // namespace
}  // namespace mere::lake
