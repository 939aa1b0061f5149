#include "client/missing.h"

#include <gmock/gmock.h>

namespace mere::client {
namespace {

using testing::HasSubstr;

std::string uri_of(const std::optional<Missing>& missing) {
  return missing ? missing->uri.to_string() : "";
}

TEST(Missing, NamesTheObjectDecodedAndWhereToLook) {
  const auto missing = missing_of("/proxy/api/v1/repositories/prices/refs/v1%2E0/objects/stat",
                                  "user_metadata=true&path=a%2Fx+y%C3%A9", "not found");

  EXPECT_EQ(uri_of(missing), "lakefs://prices/v1.0/a/x yé");
  EXPECT_THAT(missing->hint, HasSubstr("nothing is at 'a/x yé', or 'v1.0' is no branch"));
  EXPECT_THAT(missing->hint, HasSubstr("listing lakefs://prices/v1.0/ shows"));
}

TEST(Missing, NamesOnlyTheRepositoryIfThatIsWhatIsMissing) {
  const auto missing =
      missing_of("/api/v1/repositories/prices/refs/main/objects", "path=a", "repository not found");

  EXPECT_EQ(uri_of(missing), "lakefs://prices");
  EXPECT_THAT(missing->hint, HasSubstr("there is no repository 'prices'"));
}

TEST(Missing, NamesTheBranchOfAWrite) {
  const auto missing =
      missing_of("/api/v1/repositories/prices/branches/june/objects", "path=a", "branch 'june' not found");

  EXPECT_EQ(uri_of(missing), "lakefs://prices/june");
  EXPECT_THAT(missing->hint, HasSubstr("'prices' has no branch 'june'"));
}

TEST(Missing, NamesTheDestinationOfAMerge) {
  const auto missing = missing_of("/api/v1/repositories/prices/refs/june/merge/main", "", "branch not found");

  EXPECT_EQ(uri_of(missing), "lakefs://prices/main");
}

TEST(Missing, NamesTheRefOfAListing) {
  const auto missing =
      missing_of("/api/v1/repositories/prices/refs/june/objects/ls", "prefix=a%2F", "not found");

  EXPECT_EQ(uri_of(missing), "lakefs://prices/june");
  EXPECT_THAT(missing->hint, HasSubstr("'prices' has no branch, tag or commit 'june'"));
}

TEST(Missing, NamesTheOneOfSeveralRefsThatTheMessageDoes) {
  for (const auto& [path, message] :
       {std::pair("/refs/main/diff/june", "get commit by ref june: not found"),
        std::pair("/branches/main/cherry-pick", "get commit from ref june: not found"),
        std::pair("/refs/june/merge/main", "update branch main: get commit by ref june: not found")}) {
    const auto missing = missing_of(std::string("/api/v1/repositories/prices") + path, "", message);

    EXPECT_EQ(uri_of(missing), "lakefs://prices/june") << path;
    EXPECT_THAT(missing->hint, HasSubstr("'prices' has no branch, tag or commit 'june'")) << path;
  }
}

TEST(Missing, BlamesNoRefThatMayBeThere) {
  for (const char* path : {"/refs/main/commits", "/branches/main/cherry-pick", "/branches", "/tags"}) {
    const auto missing =
        missing_of(std::string("/api/v1/repositories/prices") + path, "", "stop_at: not found");

    EXPECT_EQ(uri_of(missing), "lakefs://prices") << path;
    EXPECT_THAT(missing->hint, HasSubstr("'prices' has no such branch, tag or commit")) << path;
  }
}

TEST(Missing, SaysNothingOfOtherThings) {
  EXPECT_FALSE(missing_of("/api/v1/repositories/prices/branches/main/import", "id=x", "not found"));
  EXPECT_FALSE(missing_of("/api/v1/repositories/prices/settings/gc_rules", "", "get gc rules: not found"));
  EXPECT_FALSE(missing_of("/api/v1/auth/users/ada", "", "user not found"));
  EXPECT_FALSE(missing_of("https://store/bucket/object", "", "not found"));
  EXPECT_FALSE(
      missing_of("/api/v1/repositories/prices/branches/main/staging/pmpu/7", "path=a", "it was completed"));
  EXPECT_FALSE(missing_of("/api/v1/repositories/%zz/refs/main", "", "not found"));
}

}  // namespace
}  // namespace mere::client
