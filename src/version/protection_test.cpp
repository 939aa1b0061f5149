#include "version/protection.h"

#include <gtest/gtest.h>

#include "version/refs_test_support.h"

namespace mere::version {
namespace {

struct ProtectedLake : SmallLake {
  Repository repository = make_repository();
  bool blocks(const std::string& branch, ProtectedAction action = ProtectedAction::commit) {
    return *is_protected(repositories, repository, BranchName(branch), action);
  }
};
using Patterns = std::vector<std::string>;

TEST(Protection, BlocksWritesAndCommitsOfBranchesThatAPatternMatches) {
  ProtectedLake lake;
  EXPECT_FALSE(lake.blocks("main"));

  ASSERT_TRUE(
      set_protection_rules(lake.repositories, lake.repository, {"rel-*", "main", "main", "v[0-9]"}, {}));

  EXPECT_EQ(protection_rules(lake.repositories, lake.repository)->patterns,
            (Patterns{"main", "rel-*", "v[0-9]"}));
  for (const char* branch : {"main", "rel-", "rel-1", "v7"}) {
    EXPECT_TRUE(lake.blocks(branch, ProtectedAction::commit)) << branch;
    EXPECT_TRUE(lake.blocks(branch, ProtectedAction::staging_write)) << branch;
  }
  for (const char* branch : {"mains", "rel", "v77", "dev"}) EXPECT_FALSE(lake.blocks(branch)) << branch;
}

TEST(Protection, IsReplacedWholeFromTheStateTheCallerSaw) {
  ProtectedLake lake;
  EXPECT_EQ(protection_rules(lake.repositories, lake.repository)->etag, "");
  ASSERT_TRUE(set_protection_rules(lake.repositories, lake.repository, {"main"}, ""));
  const std::string etag = protection_rules(lake.repositories, lake.repository)->etag;

  EXPECT_EQ(message_of(set_protection_rules(lake.repositories, lake.repository, {"x"}, "\"stale\"")),
            "Precondition failed");
  ASSERT_TRUE(set_protection_rules(lake.repositories, lake.repository, {"x"}, etag));
  EXPECT_EQ(code_of(set_protection_rules(lake.repositories, lake.repository, {}, etag)),
            Code::precondition_failed);
  EXPECT_FALSE(lake.blocks("main"));
  ASSERT_TRUE(set_protection_rules(lake.repositories, lake.repository, {}, {}));
  EXPECT_TRUE(protection_rules(lake.repositories, lake.repository)->patterns.empty());
  EXPECT_FALSE(lake.blocks("x"));
}

TEST(Protection, RefusesMalformedPatternsAndReadOnlyRepositories) {
  ProtectedLake lake;
  EXPECT_EQ(code_of(set_protection_rules(lake.repositories, lake.repository, {"ok", "[a"}, {})),
            Code::invalid_argument);
  EXPECT_TRUE(protection_rules(lake.repositories, lake.repository)->patterns.empty());

  lake.repository.read_only = true;
  EXPECT_EQ(message_of(set_protection_rules(lake.repositories, lake.repository, {"main"}, {})),
            "read-only repository");
}

TEST(Protection, ADamagedRecordBlocksRatherThanPasses) {
  ProtectedLake lake;
  ASSERT_TRUE(lake.repositories.set_setting(lake.repository, "protected_branches", "\x0a\xff", {}));

  EXPECT_EQ(
      code_of(is_protected(lake.repositories, lake.repository, BranchName("main"), ProtectedAction::commit)),
      Code::corrupt);
}

}  // namespace
}  // namespace mere::version
