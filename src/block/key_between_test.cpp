#include "block/key_between.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

namespace mere::block {
namespace {

TEST(KeyBetween, IsHalfWayWithinTheKindOfCharacter) {
  EXPECT_EQ(key_between("data/object-2", "data/object-8"), "data/object-5");
  EXPECT_EQ(key_between("data/a", "data/z"), "data/n");
  EXPECT_EQ(key_between("data/object-000123", "data0"), "data/u") << "the first place where they differ";
  EXPECT_EQ(key_between("data/object-0099", "data/object-9"), "data/object-5");
}

TEST(KeyBetween, GoesDeeperWhereThereIsNoRoom) {
  EXPECT_EQ(key_between("x-0123", "x-1"), "x-06");
  EXPECT_EQ(key_between("x-0923", "x-1"), "x-096");
}

TEST(KeyBetween, LeavesTheKindWhereItHasEnded) {
  EXPECT_EQ(key_between("x-9", "x-g"), "x-P");
}

TEST(KeyBetween, IsNoneWhereThereIsNone) {
  EXPECT_EQ(key_between("a", "a"), std::nullopt);
  EXPECT_EQ(key_between("a", "a "), std::nullopt);
}

TEST(KeyBetween, BehindACommonPrefixIsItsNextNumber) {
  EXPECT_EQ(behind_common_prefix("x-000010", "x-000097"), "x-0001");
  EXPECT_EQ(behind_common_prefix("x-~1", "x-~2"), "x.") << "what is behind '~' is no text";
  EXPECT_EQ(behind_common_prefix("x-\xc3\xbc", "x-\xc3\xbd"), "x.") << "not in the middle of a character";
  EXPECT_EQ(behind_common_prefix("a", "b"), std::nullopt);
}

RC_GTEST_PROP(KeyBetweenOfAny, LiesBetween, (std::string low, std::string high)) {
  RC_PRE(low < high);
  const auto key = key_between(low, high);
  if (!key) return;
  RC_ASSERT(low < *key);
  RC_ASSERT(*key < high);
}

}  // namespace
}  // namespace mere::block
