#include "lake/addresses.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace mere::lake {
namespace {

std::string partition_of(const std::string& address) {
  return address.substr(0, 25);
}

TEST(AddressGenerator, MakesDifferentNamesThatTellTheirTime) {
  ManualClock clock;
  AddressGenerator addresses(clock, system_random());
  std::set<std::string> made;

  for (int i = 0; i < 1000; ++i) made.insert(addresses.next());

  EXPECT_EQ(made.size(), 1000u);
  EXPECT_EQ(AddressGenerator::made_at(*made.begin()), clock.now().seconds);
}

TEST(AddressGenerator, RenewsThePartitionHourlyAndNewOnesSortFirst) {
  ManualClock clock;
  AddressGenerator addresses(clock, system_random());

  const std::string first = addresses.next();
  clock.advance(std::chrono::minutes(59));
  const std::string same = addresses.next();
  clock.advance(std::chrono::minutes(1));
  const std::string later = addresses.next();

  EXPECT_EQ(partition_of(first), partition_of(same));
  EXPECT_LT(partition_of(later), partition_of(first));
}

TEST(AddressGenerator, RenewsThePartitionAfterFiftyThousandNames) {
  ManualClock clock;
  AddressGenerator addresses(clock, system_random());

  const std::string first = addresses.next();
  for (int i = 1; i < 50'000; ++i) EXPECT_EQ(partition_of(addresses.next()), partition_of(first));

  EXPECT_NE(partition_of(addresses.next()), partition_of(first));
}

TEST(AddressGenerator, OnlyReadsTheTimeOfItsOwnForm) {
  EXPECT_FALSE(AddressGenerator::made_at(""));
  EXPECT_FALSE(AddressGenerator::made_at("data/x/y"));
  EXPECT_FALSE(AddressGenerator::made_at("data/ft5vbh1ksdudplco82mg/dc1gqfpksdudplco84s"));
  EXPECT_FALSE(AddressGenerator::made_at("data/ft5vbh1ksdudplco82mg/dc1gqfpksdudplco84sgg"));
  EXPECT_FALSE(AddressGenerator::made_at("date/ft5vbh1ksdudplco82mg/dc1gqfpksdudplco84sg"));
  EXPECT_FALSE(AddressGenerator::made_at("data/ft5vbh1ksdudplco82mg/zzzzzzzzzzzzzzzzzzzz"));
  EXPECT_EQ(AddressGenerator::made_at("data/ft5vbh1ksdudplco82mg/dc1gqfpksdudplco84sg"), 1795362111);
}

RC_GTEST_PROP(LinkSignature, HoldsForItsClaimAlone, (const std::string& path, const std::string& other)) {
  const LinkClaim claim{"repo", "main", path};
  const std::string signature = sign_link("secret", claim, "local://ns/data/a/b");

  RC_ASSERT(verify_link("secret", claim, "local://ns/data/a/b", signature));
  RC_ASSERT(!verify_link("other secret", claim, "local://ns/data/a/b", signature));
  RC_ASSERT(!verify_link("secret", claim, "local://ns/data/a/c", signature));
  RC_ASSERT(!verify_link("secret", {"repo", "dev", path}, "local://ns/data/a/b", signature));
  if (other != path)
    RC_ASSERT(!verify_link("secret", {"repo", "main", other}, "local://ns/data/a/b", signature));
}

}  // namespace
}  // namespace mere::lake
