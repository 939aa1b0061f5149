#include "api/operations.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <map>
#include <string>
#include <vector>

namespace mere::api {
namespace {

struct Headers {
  std::map<std::string, std::string, std::less<>> fields;
  const std::string* find(std::string_view name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? nullptr : &found->second;
  }
};

template <class Params>
Result<Params> parse(std::vector<std::string_view> path, std::string_view query, Headers headers = {}) {
  return Params::parse(RawParams(path, query, headers));
}

template <class Params>
std::string refusal(std::vector<std::string_view> path, std::string_view query, Headers headers = {}) {
  const Result<Params> parsed = parse<Params>(std::move(path), query, std::move(headers));
  if (parsed) return "accepted";
  EXPECT_EQ(parsed.error().code, Code::invalid_argument);
  return parsed.error().message;
}

std::string in_query(std::string_view name, std::string_view reason) {
  return "parameter \"" + std::string(name) + "\" in query has an error: " + std::string(reason);
}

TEST(Parameters, AppliesDefaultsToWhatIsAbsent) {
  const auto params = parse<ListObjectsParams>({"r", "main"}, "");

  ASSERT_TRUE(params);
  EXPECT_EQ(*params, (ListObjectsParams{.repository = "r", .ref = "main"}));
  EXPECT_EQ(params->amount, 100);
  EXPECT_TRUE(params->user_metadata);
  EXPECT_FALSE(params->presign);
  EXPECT_EQ(params->prefix, "");
}

TEST(Parameters, DecodesPathAndQuery) {
  const auto params =
      parse<ListObjectsParams>({"r", "a%2Fb+c"}, "prefix=x+y%2Fz%26&%61mount=7&unknown=%zz&presign=True");

  ASSERT_TRUE(params);
  EXPECT_EQ(params->ref, "a/b+c");
  EXPECT_EQ(params->prefix, "x y/z&");
  EXPECT_EQ(params->amount, 7);
  EXPECT_EQ(params->presign, true);
}

TEST(Parameters, RefusesMalformedPercentEncoding) {
  EXPECT_EQ(refusal<ListObjectsParams>({"r", "a%2"}, ""),
            "parameter \"ref\" in path has an error: malformed percent-encoding");
  EXPECT_EQ(refusal<ListObjectsParams>({"r", "a"}, "prefix=%zz"),
            in_query("prefix", "malformed percent-encoding"));
}

TEST(Parameters, RefusesARequiredOneThatIsAbsentOrEmpty) {
  EXPECT_EQ(refusal<StatObjectParams>({"r", "main"}, ""), in_query("path", "value is required but missing"));
  EXPECT_EQ(refusal<StatObjectParams>({"r", "main"}, "paths=a"),
            in_query("path", "value is required but missing"));
  EXPECT_EQ(refusal<StatObjectParams>({"r", "main"}, "path="),
            in_query("path", "empty value is not allowed"));
  EXPECT_EQ(refusal<StatObjectParams>({"r", "main"}, "path"), in_query("path", "empty value is not allowed"));
  EXPECT_EQ(refusal<StatObjectParams>({"r"}, "path=a"),
            "parameter \"ref\" in path has an error: value is required but missing");
}

TEST(Parameters, TakesEmptyPagingWords) {
  EXPECT_EQ(refusal<ListObjectsParams>({"r", "main"}, "prefix=&after=&delimiter="), "accepted");
  EXPECT_EQ(refusal<ListRepositoriesParams>({}, "search="), "accepted");
  EXPECT_EQ(refusal<LogCommitsParams>({"r", "main"}, "since=&stop_at="), "accepted");
}

TEST(Parameters, RefusesNumbersOutsideOfTheirLimits) {
  EXPECT_EQ(refusal<ListRepositoriesParams>({}, "amount=abc"), in_query("amount", "must be an integer"));
  EXPECT_EQ(refusal<ListRepositoriesParams>({}, "amount=1.5"), in_query("amount", "must be an integer"));
  EXPECT_EQ(refusal<ListRepositoriesParams>({}, "amount=99999999999999999999"),
            in_query("amount", "must be an integer"));
  EXPECT_EQ(refusal<ListRepositoriesParams>({}, "amount="), in_query("amount", "empty value is not allowed"));
  EXPECT_EQ(refusal<ListRepositoriesParams>({}, "amount=1001"), in_query("amount", "must be at most 1000"));
  EXPECT_EQ(refusal<ListRepositoriesParams>({}, "amount=-2"), in_query("amount", "must be at least -1"));
  EXPECT_EQ(refusal<ListRepositoriesParams>({}, "amount=-1"), "accepted");
}

TEST(Parameters, RefusesWordsOutsideOfTheirEnumeration) {
  EXPECT_EQ(refusal<DiffRefsParams>({"r", "a", "b"}, "type=one_dot"),
            in_query("type", "must be one of two_dot, three_dot"));
  EXPECT_EQ(parse<DiffRefsParams>({"r", "a", "b"}, "type=two_dot")->type, DiffRefsType::two_dot);
  EXPECT_EQ(parse<DiffRefsParams>({"r", "a", "b"}, "")->type, DiffRefsType::three_dot);
  EXPECT_EQ(refusal<GetMetadataObjectParams>({"r", "other", "x"}, ""),
            "parameter \"type\" in path has an error: must be one of range, meta_range");
}

TEST(Parameters, ReadsBooleansAsClientsWriteThem) {
  for (const std::string_view text : {"true", "True", "1"}) {
    EXPECT_TRUE(parse<DeleteBranchParams>({"r", "b"}, "force=" + std::string(text))->force) << text;
  }
  EXPECT_FALSE(parse<DeleteBranchParams>({"r", "b"}, "force=false")->force);
  EXPECT_EQ(refusal<DeleteBranchParams>({"r", "b"}, "force=yes"), in_query("force", "must be true or false"));
}

TEST(Parameters, ReadsTimes) {
  EXPECT_EQ(parse<LogCommitsParams>({"r", "b"}, "since=2023-11-14T22:13:20Z")->since,
            (Timestamp{1'700'000'000, 0}));
  EXPECT_EQ(parse<LogCommitsParams>({"r", "b"}, "since=")->since, std::nullopt);
  EXPECT_NE(refusal<LogCommitsParams>({"r", "b"}, "since=yesterday"), "accepted");
}

TEST(Parameters, CollectsAListAndRefusesAnyOtherRepetition) {
  EXPECT_EQ(parse<LogCommitsParams>({"r", "b"}, "objects=b&objects=a")->objects,
            (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(refusal<LogCommitsParams>({"r", "b"}, "objects=a&objects="),
            in_query("objects", "empty value is not allowed"));
  EXPECT_EQ(refusal<StatObjectParams>({"r", "b"}, "path=a&path=b"), in_query("path", "given more than once"));
}

TEST(Parameters, ChecksHeaders) {
  const auto range = [](std::string_view value) {
    return refusal<GetObjectParams>({"r", "b"}, "path=a", {{{"Range", std::string(value)}}});
  };

  EXPECT_EQ(range("bytes=0-1"), "accepted");
  EXPECT_EQ(range("bytes=0-1, 4-"), "accepted");
  EXPECT_EQ(
      range("items=0-1"),
      "parameter \"Range\" in header has an error: does not match the pattern ^bytes=((\\d*-\\d*,? ?)+)$");
  EXPECT_NE(range("bytes=a-b"), "accepted");
  EXPECT_EQ(parse<GetObjectParams>({"r", "b"}, "path=a", {{{"If-None-Match", "\"x\""}}})->if_none_match,
            "\"x\"");
  EXPECT_EQ(parse<SetBranchProtectionRulesParams>({"r"}, "", {{{"If-Match", ""}}})->if_match, "");
  EXPECT_EQ(parse<SetBranchProtectionRulesParams>({"r"}, "")->if_match, std::nullopt);
}

TEST(Parameters, OfAQueryWithoutNamesAreTheDefaults) {
  const std::string query(64 << 10, '&');

  EXPECT_EQ(refusal<ListObjectsParams>({"r", "main"}, query), "accepted");
}

}  // namespace
}  // namespace mere::api
