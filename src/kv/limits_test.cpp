#include "kv/limits.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace mere::kv {
namespace {

TEST(EndOfPrefix, IsTheLeastStringAboveAllWithThePrefix) {
  EXPECT_EQ(end_of_prefix("a"), "b");
  EXPECT_EQ(end_of_prefix("a\xff\xff"), "b");
  EXPECT_EQ(end_of_prefix("\x7f"), "\x80");
  EXPECT_EQ(end_of_prefix("\xff\xff"), std::nullopt);
  EXPECT_EQ(end_of_prefix(""), std::nullopt);
}

RC_GTEST_PROP(EndOfPrefix, SeparatesWithFromWithout, (const std::string& prefix, const std::string& text)) {
  const auto end = end_of_prefix(prefix);
  const bool within = text >= prefix && (!end || text < *end);

  RC_ASSERT(within == text.starts_with(prefix));
  RC_ASSERT((!end || prefix + text < *end));  // in parentheses: its own || looks at both sides
}

}  // namespace
}  // namespace mere::kv
