#include "s3/addressing.h"

#include <gtest/gtest.h>

namespace mere::s3 {
namespace {

const std::vector<std::string> kDomains = {"s3.local.lakefs.io"};

Target target_of(std::string_view host, std::string_view path) {
  const auto target = parse_target(host, path, kDomains);
  EXPECT_TRUE(target) << path;
  return target.value_or(Target{});
}

TEST(Addressing, APathNamesRepositoryRefAndPath) {
  const Target target = target_of("127.0.0.1:8000", "/lake/main/a/b.csv");

  EXPECT_EQ(target.level, Level::object);
  EXPECT_EQ(target.repository, "lake");
  EXPECT_EQ(target.ref, "main");
  EXPECT_EQ(target.path, "a/b.csv");
  EXPECT_FALSE(target.in_host);
}

TEST(Addressing, ASubdomainNamesTheRepositoryWhateverItsLettersCase) {
  const Target target = target_of("Lake.S3.local.lakeFS.io:8000", "/main/a");

  EXPECT_EQ(target.level, Level::object);
  EXPECT_EQ(target.repository, "lake");
  EXPECT_EQ(target.key(), "main/a");
  EXPECT_TRUE(target.in_host);
}

TEST(Addressing, LevelsFollowFromWhatIsNamed) {
  EXPECT_EQ(target_of("h", "/").level, Level::service);
  EXPECT_EQ(target_of("h", "//lake/main/x").level, Level::service);
  EXPECT_EQ(target_of("h", "/lake").level, Level::bucket);
  EXPECT_EQ(target_of("h", "/lake/").level, Level::bucket);
  EXPECT_EQ(target_of("h", "/lake/main").level, Level::ref);
  EXPECT_EQ(target_of("h", "/lake/main/").level, Level::ref);
  EXPECT_EQ(target_of("h", "/lake//x").level, Level::ref);
  EXPECT_EQ(target_of("lake.s3.local.lakefs.io", "/").level, Level::bucket);
  EXPECT_EQ(target_of("s3.local.lakefs.io", "/").level, Level::service);
}

TEST(Addressing, ThePathIsDecodedBeforeItIsCutAndNothingIsNormalised) {
  EXPECT_EQ(target_of("h", "/lake/main//a/../b%2Fc%20d+e/").path, "/a/../b/c d+e/");
  EXPECT_EQ(target_of("h", "/lake%2Fmain%2Fx").level, Level::object);
  EXPECT_FALSE(parse_target("h", "/lake/main/%zz", kDomains));
}

TEST(Addressing, AHostThatOnlyEndsLikeADomainIsNone) {
  EXPECT_FALSE(match_host("xs3.local.lakefs.io", kDomains).is_ours);
  EXPECT_FALSE(match_host(".s3.local.lakefs.io.example", kDomains).is_ours);
  EXPECT_FALSE(match_host("[::1]:8000", kDomains).is_ours);
  EXPECT_TRUE(match_host("S3.local.lakefs.io:80", kDomains).is_ours);
}

TEST(Addressing, KeysOfListsAreCutAtTheirFirstSlash) {
  EXPECT_EQ(parse_key("/main/a/b").path, "a/b");
  EXPECT_EQ(parse_key("main").ref, "main");
  EXPECT_EQ(parse_key("main/").path, "");
  EXPECT_EQ(parse_key("").ref, "");
}

TEST(Addressing, TheFirstParameterOfANameCounts) {
  const auto query = Query::parse("prefix=a%2Fb&prefix=c&uploads");

  ASSERT_TRUE(query);
  EXPECT_EQ(query->get("prefix"), "a/b");
  EXPECT_TRUE(query->has("uploads"));
  EXPECT_FALSE(query->has("location"));
  EXPECT_FALSE(Query::parse("a=%x"));
}

}  // namespace
}  // namespace mere::s3
