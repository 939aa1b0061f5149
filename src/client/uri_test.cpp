#include "client/uri.h"

#include <gtest/gtest.h>

#include "client/path_pattern.h"

namespace mere::client {
namespace {

TEST(UriTest, NamesRepositoriesRefsAndPaths) {
  EXPECT_EQ(*Uri::parse("lakefs://prices"), (Uri{"prices", "", ""}));
  EXPECT_EQ(*Uri::parse("lakefs://prices/main"), (Uri{"prices", "main", ""}));
  EXPECT_EQ(*Uri::parse("mere://prices/main/"), (Uri{"prices", "main", ""}));
  EXPECT_EQ(*Uri::parse("lakefs://prices/main~1/a//b%20 ?#/"), (Uri{"prices", "main~1", "a//b%20 ?#/"}));
}

TEST(UriTest, IsPrintedAsItIsRead) {
  for (const char* text : {"lakefs://prices", "lakefs://prices/main", "lakefs://prices/main/a/b"}) {
    EXPECT_EQ(Uri::parse(text)->to_string(), text);
  }
}

TEST(UriTest, RefusesOthers) {
  for (const char* text : {"", "s3://a/b", "lakefs:/a", "lakefs://", "lakefs:///main/x", "lakefs://a//x"}) {
    EXPECT_EQ(Uri::parse(text).error().code, Code::invalid_argument) << text;
  }
}

TEST(PathPatternTest, AStarStaysInItsSegmentAndTwoCrossThem) {
  const auto matches = [](const char* pattern, const char* path) {
    return PathPattern::parse(pattern)->matches(path);
  };

  EXPECT_TRUE(matches("raw/*.csv", "raw/a.csv"));
  EXPECT_FALSE(matches("raw/*.csv", "raw/deep/a.csv"));
  EXPECT_TRUE(matches("raw/**/*.csv", "raw/a.csv"));
  EXPECT_TRUE(matches("raw/**/*.csv", "raw/x/y/a.csv"));
  EXPECT_TRUE(matches("**", "a/b"));
  EXPECT_TRUE(matches("**/b/**/d", "a/b/c/b/x/d"));
  EXPECT_FALSE(matches("**/b/**/d", "a/c/d"));
  EXPECT_TRUE(matches("2026-{01,02}/[a-c]?", "2026-02/bz"));
  EXPECT_FALSE(matches("a", "a/b"));
}

TEST(PathPatternTest, KnowsWhatPathsBeginWith) {
  EXPECT_EQ(PathPattern::parse("raw/2026-*/x")->prefix(), "raw/2026-");
  EXPECT_EQ(PathPattern::parse("raw/x")->prefix(), "raw/x");
  EXPECT_FALSE(PathPattern::parse("raw/[x"));
}

TEST(PathPatternTest, ManyStarsTakeNoTime) {
  std::string pattern, path;
  for (int i = 0; i < 200; ++i) {
    pattern += "**/";
    path += "a/";
  }
  EXPECT_FALSE(PathPattern::parse(pattern + "b")->matches(path + "a"));
}

}  // namespace
}  // namespace mere::client
