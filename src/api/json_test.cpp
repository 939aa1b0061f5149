#include "api/json.h"

#include <gtest/gtest.h>

#include <string>

#include "api/json_limits.h"

namespace mere::api {
namespace {

template <class T>
std::string refusal(std::string_view text) {
  Result<T> read = read_json<T>(text);
  if (read) return "accepted";
  EXPECT_EQ(read.error().code, Code::invalid_argument);
  const std::string_view start = "request body has an error: ";
  EXPECT_TRUE(read.error().message.starts_with(start)) << read.error().message;
  return read.error().message.substr(start.size());
}

ObjectStats object() {
  ObjectStats stats;
  stats.path = "a/\"b\"\n\u00e9";
  stats.path_type = PathType::object;
  stats.physical_address = "local:///x";
  stats.checksum = "d41d8cd98f00b204e9800998ecf8427e";
  stats.mtime = 1'700'000'000;
  stats.size_bytes = 0;
  stats.metadata = ObjectUserMetadata{{"k", "v"}};
  return stats;
}

TEST(Json, WritesMembersInOrderAndLeavesOutWhatHasNoValue) {
  EXPECT_EQ(to_json(object()),
            "{\"path\":\"a/\\\"b\\\"\\n\u00e9\",\"path_type\":\"object\",\"physical_address\":\"local:///x\","
            "\"checksum\":\"d41d8cd98f00b204e9800998ecf8427e\",\"size_bytes\":0,\"mtime\":1700000000,"
            "\"metadata\":{\"k\":\"v\"}}\n");
}

TEST(Json, WritesNullWhereTheSchemaKnowsIt) {
  EXPECT_EQ(to_json(UnderlyingObjectProperties()), "{\"storage_class\":null}\n");
  EXPECT_EQ(to_json(StagingLocation()), "{\"presigned_url\":null}\n");
  EXPECT_EQ(to_json(GarbageCollectionRules{.default_retention_days = 7, .branches = {}}),
            "{\"default_retention_days\":7,\"branches\":null}\n");
  EXPECT_EQ(to_json(GarbageCollectionRules{.default_retention_days = 7, .branches = {{"main", 3}}}),
            "{\"default_retention_days\":7,\"branches\":[{\"branch_id\":\"main\",\"retention_days\":3}]}\n");
}

TEST(Json, WritesEmptyListsAndMapsAsSuch) {
  EXPECT_EQ(to_json(RepositoryList()),
            "{\"pagination\":{\"has_more\":false,\"next_offset\":\"\",\"results\":0,\"max_per_page\":0},"
            "\"results\":[]}\n");
  EXPECT_EQ(to_json(RepositoryMetadata()), "{}\n");
  EXPECT_EQ(to_json(CapabilitiesConfig()), "{}\n");
  EXPECT_EQ(to_json(std::vector<BranchProtectionRule>()), "[]\n");
}

TEST(Json, WritesTimesAndTheStatusThatTheSchemaForgot) {
  HookRun run;
  run.start_time = Timestamp{-62'135'596'800, 0};
  run.status = HookRunStatus::skipped;

  EXPECT_EQ(to_json(run),
            "{\"hook_run_id\":\"\",\"action\":\"\",\"hook_id\":\"\",\"start_time\":\"0001-01-01T00:00:00Z\","
            "\"status\":\"skipped\"}\n");
}

TEST(Json, ReadsBackWhatItWrote) {
  ObjectStatsList list;
  list.pagination = {.has_more = true, .next_offset = "b", .results = 2, .max_per_page = 1000};
  list.results = {object(), ObjectStats{.path = "a/", .path_type = PathType::common_prefix}};
  Config config;
  config.storage_config_list = StorageConfigList{StorageConfig{.blockstore_type = "local"}};
  config.capabilities_config.emplace();
  PullRequest pull;
  pull.status = PullRequestStatus::merged;
  pull.creation_date = Timestamp{1'700'000'000, 123'000'000};
  pull.merged_commit_id = "c";
  Policy policy{.id = "p",
                .statement = {{.effect = StatementEffect::deny, .resource = "*", .action = {"fs:*"}}}};
  policy.statement[0].condition.emplace()["IpAddress"]["SourceIp"] = {"10.0.0.0/8"};
  ExternalLoginInformation login;
  login.identity_request.text = "{\"a\":[1,{\"b\":null}]}";

  EXPECT_EQ(*read_json<ObjectStatsList>(to_json(list)), list);
  EXPECT_EQ(*read_json<Config>(to_json(config)), config);
  EXPECT_EQ(*read_json<PullRequest>(to_json(pull)), pull);
  EXPECT_EQ(*read_json<Policy>(to_json(policy)), policy);
  EXPECT_EQ(*read_json<ExternalLoginInformation>(to_json(login)), login);
}

TEST(Json, IgnoresUnknownPropertiesAndTakesTheLastOfTwoEqualOnes) {
  const Result<TagCreation> tag =
      read_json<TagCreation>(R"({"x":{"y":[null]},"id":"a","ref":"main","id":"b"})");

  ASSERT_TRUE(tag);
  EXPECT_EQ(tag->id, "b");
  EXPECT_FALSE(tag->force);
}

TEST(Json, RefusesAMissingProperty) {
  EXPECT_EQ(refusal<TagCreation>(R"({"id":"a"})"), R"(property "ref" is missing)");
  EXPECT_EQ(refusal<ImportCreation>(R"({"paths":[],"commit":{}})"),
            R"(at "/commit": property "message" is missing)");
  EXPECT_EQ(refusal<std::vector<BranchProtectionRule>>("[{}]"), R"(at "/0": property "pattern" is missing)");
}

TEST(Json, RefusesAnotherType) {
  EXPECT_EQ(refusal<TagCreation>(R"({"id":1,"ref":"main"})"), R"(at "/id": must be a string, not a number)");
  EXPECT_EQ(refusal<TagCreation>("[]"), "must be an object, not an array");
  EXPECT_EQ(refusal<TagCreation>(R"({"id":"a","ref":"main","force":"yes"})"),
            R"(at "/force": must be a boolean, not a string)");
  EXPECT_EQ(refusal<CommitCreation>(R"({"message":"m","metadata":{"a/b~":5}})"),
            R"(at "/metadata/a~1b~0": must be a string, not a number)");
  EXPECT_EQ(refusal<PathList>(R"({"paths":"x"})"), R"(at "/paths": must be an array, not a string)");
  EXPECT_EQ(refusal<ExternalLoginInformation>(R"({"identityRequest":[]})"),
            R"(at "/identityRequest": must be an object, not an array)");
}

TEST(Json, RefusesNullWhereTheSchemaDoesNotKnowIt) {
  EXPECT_EQ(refusal<CommitCreation>(R"({"message":null})"), R"(at "/message": must be a string, not null)");
  EXPECT_EQ(refusal<CommitCreation>(R"({"message":"m","date":null})"),
            R"(at "/date": must be an integer, not null)");
  EXPECT_EQ(refusal<CommitCreation>("null"), "must be an object, not null");

  const auto location = read_json<StagingLocation>(R"({"physical_address":"a","presigned_url":null})");

  ASSERT_TRUE(location);
  EXPECT_FALSE(location->presigned_url);
}

TEST(Json, RefusesNumbersThatAreNoIntegers) {
  EXPECT_EQ(refusal<RevertCreation>(R"({"ref":"a","parent_number":1.5})"),
            R"(at "/parent_number": must be an integer)");
  EXPECT_EQ(refusal<RevertCreation>(R"({"ref":"a","parent_number":1e2})"),
            R"(at "/parent_number": must be an integer)");
  EXPECT_EQ(refusal<RevertCreation>(R"({"ref":"a","parent_number":9223372036854775808})"),
            R"(at "/parent_number": is too large a number)");
  EXPECT_EQ(read_json<RevertCreation>(R"({"ref":"a","parent_number":-9223372036854775808})")->parent_number,
            std::numeric_limits<std::int64_t>::min());
}

TEST(Json, RefusesWhatIsOutsideOfEnumerationsAndLimits) {
  EXPECT_EQ(refusal<ResetCreation>(R"({"type":"everything"})"),
            R"(at "/type": must be one of object, common_prefix, reset)");
  EXPECT_EQ(refusal<PullRequestBasic>(R"({"status":"odd"})"),
            R"(at "/status": must be one of open, closed, merged)");
  EXPECT_EQ(
      refusal<Commit>(
          R"({"id":"","parents":[],"committer":"","message":"","creation_date":0,"meta_range_id":"","version":2})"),
      R"(at "/version": must be at most 1)");
  EXPECT_EQ(refusal<Pagination>(R"({"has_more":false,"max_per_page":-1,"results":0,"next_offset":""})"),
            R"(at "/max_per_page": must be at least 0)");
  EXPECT_EQ(refusal<BranchProtectionRule>(R"({"pattern":""})"), R"(at "/pattern": must not be empty)");
  EXPECT_EQ(refusal<MetaRangeCreation>(R"({"ranges":[]})"), R"(at "/ranges": must not be empty)");
}

TEST(Json, RefusesTextThatDoesNotMatchThePattern) {
  const auto creation = [](std::string_view name, std::string_view storage) {
    return refusal<RepositoryCreation>("{\"name\":\"" + std::string(name) + "\",\"storage_namespace\":\"" +
                                       std::string(storage) + "\"}");
  };

  EXPECT_EQ(creation("abc", "local://x"), "accepted");
  EXPECT_EQ(creation("ab", "local://x"),
            R"(at "/name": does not match the pattern ^[a-z0-9][a-z0-9-]{2,62}$)");
  EXPECT_EQ(creation("abc\\n", "local://x"),
            R"(at "/name": does not match the pattern ^[a-z0-9][a-z0-9-]{2,62}$)");
  EXPECT_EQ(creation(std::string(63, 'a'), "local://x"), "accepted");
  EXPECT_NE(creation(std::string(64, 'a'), "local://x"), "accepted");
  EXPECT_NE(creation("abc", "bucket"), "accepted");
}

TEST(Json, RefusesTimesThatAreNotRfc3339) {
  const auto status = [](std::string_view time) {
    return refusal<RepositoryRestoreStatus>("{\"id\":\"a\",\"done\":true,\"update_time\":\"" +
                                            std::string(time) + "\"}");
  };

  EXPECT_EQ(status("2026-01-02T03:04:05.678+02:00"), "accepted");
  EXPECT_NE(status("yesterday"), "accepted");
  EXPECT_NE(status("2026-01-02"), "accepted");
}

TEST(Json, RefusesWhatIsNoJson) {
  for (const std::string_view text :
       {"{", "", " ", "{\"id\":\"a\",\"ref\":\"b\"}x", "{\"id\":\"\xff\",\"ref\":\"b\"}",
        "{\"id\":\"\\ud800\",\"ref\":\"b\"}", "{'id':'a'}", "\xef\xbb\xbf"}) {
    EXPECT_TRUE(refusal<TagCreation>(text).starts_with("is no valid JSON: ")) << text;
  }
}

TEST(Json, RefusesWhatIsTooDeepOrTooLong) {
  const std::string deep =
      "{\"id\":\"a\",\"ref\":\"b\",\"x\":" + std::string(100, '[') + std::string(100, ']') + "}";
  const std::string brackets(kMaxJsonBytes, '[');
  const std::string large = "{\"id\":\"a\",\"ref\":\"b\",\"x\":\"" + std::string(2 << 20, 'x') + "\"}";

  EXPECT_TRUE(refusal<TagCreation>(deep).starts_with("is no valid JSON: "));
  EXPECT_TRUE(refusal<TagCreation>(brackets).starts_with("is no valid JSON: "));
  EXPECT_EQ(refusal<TagCreation>(brackets + " "), "is longer than 16777216 bytes");
  EXPECT_EQ(refusal<TagCreation>(large), "accepted");
  EXPECT_EQ(refusal<TagCreation>(R"({"id":"a","ref":"b"})"), "accepted");
}

}  // namespace
}  // namespace mere::api
