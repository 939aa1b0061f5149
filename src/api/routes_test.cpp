#include "api/routes.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace mere::api {
namespace {

std::string matched(std::string_view method, std::string_view path) {
  const std::optional<RouteMatch> match = match_route(method, path);
  if (!match) return "nothing";
  std::string text(info_of(match->operation).id);
  for (const std::string_view filled : match->path()) text.append(" ").append(filled);
  return text;
}

TEST(Routes, FindsAnOperationByMethodAndPath) {
  EXPECT_EQ(matched("GET", "/repositories"), "listRepositories");
  EXPECT_EQ(matched("POST", "/repositories"), "createRepository");
  EXPECT_EQ(matched("GET", "/repositories/r/branches/b"), "getBranch r b");
  EXPECT_EQ(matched("HEAD", "/repositories/r/refs/main/objects"), "headObject r main");
  EXPECT_EQ(matched("PUT", "/repositories/r/branches/b/staging/pmpu/u/parts/7/copy"),
            "uploadPartCopy r b u 7");
  EXPECT_EQ(matched("PATCH", "/repositories/r/pulls/1"), "updatePullRequest r 1");
}

TEST(Routes, GivesWhatFilledTheBracesInTheOrderOfTheTemplate) {
  EXPECT_EQ(matched("GET", "/repositories/r/refs/left/diff/right"), "diffRefs r left right");
  EXPECT_EQ(matched("GET", "/repositories/r/metadata/object/range/abc"), "getMetadataObject r range abc");
}

TEST(Routes, KeepsAnEncodedSlashInsideItsSegment) {
  EXPECT_EQ(matched("GET", "/repositories/r/refs/a%2Fb%20c/commits"), "logCommits r a%2Fb%20c");
  EXPECT_EQ(matched("GET", "/repositories/r%2Fbranches"), "getRepository r%2Fbranches");
}

TEST(Routes, TriesBracesWhereAWrittenSegmentLeadsNowhere) {
  EXPECT_EQ(matched("PUT", "/repositories/r/refs/dump"), "dumpRefs r");
  EXPECT_EQ(matched("GET", "/repositories/r/refs/dump/objects"), "getObject r dump");
  EXPECT_EQ(matched("GET", "/repositories/r/refs/restore/commits"), "logCommits r restore");
  EXPECT_EQ(matched("GET", "/repositories/r/refs/dump"), "nothing");
}

TEST(Routes, MatchesNothingElse) {
  for (const std::string_view path :
       {"", "/", "repositories", "/no/such/thing", "/repositories/", "/repositories/r/", "//repositories",
        "/repositories//branches", "/repositories/r/branches/b/", "/repositories/r/nothing", "/Repositories",
        "/%72epositories", "/repositories?x", "/repositories/r/refs"}) {
    EXPECT_EQ(matched("GET", path), "nothing") << path;
  }
}

TEST(Routes, MatchesNoOtherMethod) {
  for (const std::string_view method : {"PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT", "get", "", "GET "}) {
    EXPECT_EQ(matched(method, "/repositories"), "nothing") << method;
  }
}

TEST(Routes, EveryTemplateMatchesItself) {
  ASSERT_EQ(all_operations().size(), kOperations);
  for (const OperationInfo& info : all_operations()) {
    const std::optional<RouteMatch> match = match_route(info.method, info.path);
    ASSERT_TRUE(match) << info.id;
    EXPECT_EQ(info_of(match->operation).id, info.id);
    EXPECT_EQ(&info_of(info.operation), &info);
  }
}

TEST(Routes, SayWhichOperationsNeedNoCredentials) {
  std::set<std::string_view> open;
  for (const OperationInfo& info : all_operations()) {
    if (!info.needs_credentials) open.insert(info.id);
  }

  EXPECT_EQ(open, (std::set<std::string_view>{"setupCommPrefs", "getSetupState", "setup", "login",
                                              "externalPrincipalLogin", "stsLogin", "getAuthCapabilities",
                                              "healthCheck", "oauthCallback"}));
}

TEST(Routes, SayWhatBodyAnOperationTakes) {
  EXPECT_EQ(info_of(Operation::get_repository).body, BodyKind::none);
  EXPECT_EQ(info_of(Operation::create_repository).body, BodyKind::json);
  EXPECT_EQ(info_of(Operation::merge_into_branch).body, BodyKind::optional_json);
  EXPECT_EQ(info_of(Operation::upload_object).body, BodyKind::stream);
  EXPECT_EQ(info_of(Operation::upload_object).tag, "objects");
}

}  // namespace
}  // namespace mere::api
