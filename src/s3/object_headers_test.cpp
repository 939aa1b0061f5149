#include "s3/object_headers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mere::s3 {
namespace {

using testing::ElementsAre;
using testing::Pair;

http::Headers headers_of(std::vector<std::pair<std::string, std::string>> fields) {
  http::Headers headers;
  for (auto& [name, value] : fields) headers.add(std::move(name), std::move(value));
  return headers;
}

TEST(ObjectHeaders, KeepUserMetadataAsRestShowsIt) {
  const auto parsed =
      parse_object_headers(headers_of({{"X-Amz-Meta-Origin", "sensor"}, {"x-amz-meta-", "dropped"}}));

  ASSERT_TRUE(parsed);
  EXPECT_THAT(parsed->metadata, ElementsAre(Pair("X-Amz-Meta-origin", "sensor")));
  EXPECT_EQ(parsed->content_type, "application/octet-stream");
}

TEST(ObjectHeaders, CountUserMetadataAndNothingElse) {
  EXPECT_TRUE(parse_object_headers(
      headers_of({{"x-amz-meta-k", std::string(2047, 'v')}, {"Cache-Control", std::string(4000, 'v')}})));
  const auto refused = parse_object_headers(headers_of({{"x-amz-meta-k", std::string(2048, 'v')}}));

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "MetadataTooLarge");
}

TEST(ObjectHeaders, LeaveOutHowTheBodyWasSent) {
  const auto chunked = parse_object_headers(headers_of({{"Content-Encoding", "aws-chunked"}}));
  const auto zipped = parse_object_headers(headers_of({{"Content-Encoding", "gzip, aws-chunked"}}));

  EXPECT_TRUE(chunked->metadata.empty());
  EXPECT_THAT(zipped->metadata, ElementsAre(Pair("::mere::content-encoding", "gzip")));
}

TEST(ObjectHeaders, ComeBackAsTheyWereSent) {
  const auto sent = headers_of({{"Content-Type", "text/csv"},
                                {"Cache-Control", "no-cache"},
                                {"x-amz-meta-who", "=?utf-8?q?caf=C3=A9?="},
                                {"x-amz-tagging", "a=1&b=2"}});
  const auto parsed = parse_object_headers(sent);
  const tree::Entry entry{.metadata = parsed->metadata, .content_type = parsed->content_type};

  http::Headers answer;
  add_object_headers(answer, entry, *Query::parse(""));

  EXPECT_EQ(answer.get("Content-Type"), "text/csv");
  EXPECT_EQ(answer.get("Cache-Control"), "no-cache");
  EXPECT_EQ(answer.get("x-amz-meta-who"), "=?utf-8?q?caf=C3=A9?=");
  EXPECT_EQ(answer.get("x-amz-tagging-count"), "2");
  EXPECT_FALSE(answer.contains("x-amz-missing-meta"));
}

TEST(ObjectHeaders, AreOverriddenByTheQueryWhichCannotEndALine) {
  const tree::Entry entry{.metadata = {{"::mere::cache-control", "no-cache"}}, .content_type = "text/csv"};

  http::Headers answer;
  add_object_headers(
      answer, entry,
      *Query::parse("response-content-type=text%2Fplain&response-cache-control=a%0d%0aSet-Cookie:x"));

  EXPECT_EQ(answer.get("Content-Type"), "text/plain");
  EXPECT_EQ(answer.get("Cache-Control"), "no-cache");
}

TEST(ObjectHeaders, NamesThatCannotBeSentAreCounted) {
  const tree::Entry entry{.metadata = {{"X-Amz-Meta-a b", "1"}, {"X-Amz-Meta-ok", "2"}, {"other", "3"}}};

  http::Headers answer;
  add_object_headers(answer, entry, *Query::parse(""));

  EXPECT_EQ(answer.get("x-amz-missing-meta"), "1");
  EXPECT_EQ(answer.get("x-amz-meta-ok"), "2");
}

TEST(ObjectHeaders, TagsAreCheckedAndKept) {
  tree::Metadata metadata;
  const Tags tags = {{"a&b", "= c"}, {"empty", ""}};

  set_tags(metadata, tags);

  EXPECT_EQ(tags_of(metadata), tags);
  set_tags(metadata, {});
  EXPECT_TRUE(metadata.empty());
  EXPECT_FALSE(check_tags({{"a", "1"}, {"a", "2"}}));
  EXPECT_FALSE(check_tags({{"", "1"}}));
  EXPECT_FALSE(check_tags({{"a", std::string(257, 'x')}}));
  EXPECT_FALSE(check_tags(Tags(11, {"a", ""})));
}

}  // namespace
}  // namespace mere::s3
