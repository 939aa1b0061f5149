#include "version/folding.h"

#include <gtest/gtest.h>

namespace mere::version {
namespace {

TEST(Folding, StepsPastEveryKeyWithAPrefix) {
  EXPECT_EQ(first_key_after_prefix("a/"), "a0");
  EXPECT_EQ(first_key_after_prefix("a\xff"), "b");
  EXPECT_EQ(first_key_after_prefix("\xff\xff"), std::nullopt);
  EXPECT_EQ(first_key_after_prefix(""), std::nullopt);
}

TEST(Folding, StartsBehindTheKeyItContinuesFrom) {
  EXPECT_EQ(Folding("", "", "").start(), "");
  EXPECT_EQ(Folding("b", "a", "").start(), "b");
  EXPECT_EQ(Folding("a", "c", "").start(), std::nullopt);
  EXPECT_EQ(Folding("a/", "a/1", "").start(), std::string("a/1\0", 4));
}

TEST(Folding, StartsBehindAllOfACommonPrefixButInsideItWhereItContinuesInside) {
  EXPECT_EQ(Folding("", "a/", "/").start(), "a0");
  EXPECT_EQ(Folding("", "a/", "").start(), std::string("a/\0", 3));
  EXPECT_EQ(Folding("", "a/1", "/").start(), std::string("a/1\0", 4));
  EXPECT_EQ(Folding("a/", "a/", "/").start(), std::string("a/\0", 3));
}

TEST(Folding, FoldsUpToTheFirstDelimiterBehindThePrefix) {
  EXPECT_EQ(Folding("", "", "/").fold("a/b/c"), "a/");
  EXPECT_EQ(Folding("a/", "", "/").fold("a/b/c"), "a/b/");
  EXPECT_EQ(Folding("a/", "", "/").fold("a/b"), "");
  EXPECT_EQ(Folding("", "", "/x").fold("b/x"), "b/x");
  EXPECT_EQ(Folding("", "", "").fold("b/x"), "");
}

}  // namespace
}  // namespace mere::version
