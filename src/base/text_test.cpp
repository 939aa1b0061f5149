#include "base/text.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace mere {
namespace {

TEST(Text, LowersAsciiLettersOnly) {
  EXPECT_EQ(ascii_lower("X-Amz-META[@`{\xc3\x84"), "x-amz-meta[@`{\xc3\x84");
}

TEST(Text, AnIntegerIsAllOfTheText) {
  EXPECT_EQ(parse_integer<std::uint64_t>("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(parse_integer<int>("-7"), -7);
  EXPECT_EQ(parse_integer<int>("007"), 7);
  for (const char* text : {"", " 1", "1 ", "+1", "1x", "0x1", "1.0", "-"})
    EXPECT_FALSE(parse_integer<int>(text)) << text;
  EXPECT_FALSE(parse_integer<std::uint64_t>("18446744073709551616"));
  EXPECT_FALSE(parse_integer<std::uint64_t>("-1"));
  EXPECT_FALSE(parse_integer<int>("2147483648"));
}

}  // namespace
}  // namespace mere
