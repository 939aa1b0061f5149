#include "transfer/range.h"

#include <gtest/gtest.h>

namespace mere::transfer {
namespace {

TEST(Range, TakesFirstAndLast) {
  EXPECT_EQ(parse_range("bytes=2-5", 10).range, (ByteRange{2, 4}));
}
TEST(Range, ClampsTheEnd) {
  EXPECT_EQ(parse_range("bytes=2-500", 10).range, (ByteRange{2, 8}));
}
TEST(Range, TakesAnOpenEnd) {
  EXPECT_EQ(parse_range("bytes=9-", 10).range, (ByteRange{9, 1}));
}
TEST(Range, TakesASuffix) {
  EXPECT_EQ(parse_range("bytes=-3", 10).range, (ByteRange{7, 3}));
}
TEST(Range, TakesASuffixLongerThanTheObject) {
  EXPECT_EQ(parse_range("bytes=-30", 10).range, (ByteRange{0, 10}));
}

TEST(Range, SaysTheSizeForAStartPastTheEnd) {
  for (const char* header : {"bytes=10-", "bytes=10-12", "bytes=-0"}) {
    const ParsedRange parsed = parse_range(header, 10);
    EXPECT_FALSE(parsed.range) << header;
    EXPECT_TRUE(parsed.error.past_the_end) << header;
  }
}

TEST(Range, RefusesWhatIsNotOneRange) {
  for (const char* header : {"bytes=5-2", "bytes=0-1,3-4", "bytes=", "bytes=-", "bytes=x-", "items=0-1",
                             "bytes=0-1x", "bytes=99999999999999999999-"}) {
    const ParsedRange parsed = parse_range(header, 10);
    EXPECT_FALSE(parsed.range) << header;
    EXPECT_FALSE(parsed.error.past_the_end) << header;
  }
}

TEST(Range, OfAnEmptyObjectIsPastItsEnd) {
  EXPECT_TRUE(parse_range("bytes=0-", 0).error.past_the_end);
  EXPECT_TRUE(parse_range("bytes=-5", 0).error.past_the_end);
}

}  // namespace
}  // namespace mere::transfer
