#include "s3/conditions.h"

#include <gtest/gtest.h>

#include "base/time_format.h"

namespace mere::s3 {
namespace {

const Timestamp kModified{1'700'000'000, 500'000'000};
const tree::Entry kEntry{.last_modified = kModified, .checksum = "abc"};
const std::string kBefore = to_http_date({kModified.seconds - 1, 0});
const std::string kThen = to_http_date(kModified);

Verdict verdict(std::vector<std::pair<std::string, std::string>> fields, std::string_view prefix = "") {
  http::Headers headers;
  for (auto& [name, value] : fields) headers.add(std::move(name), std::move(value));
  return check_conditions(headers, prefix, kEntry);
}

TEST(Conditions, ListsOfETagsNameOneWithOrWithoutQuotes) {
  EXPECT_TRUE(names_etag("\"abc\"", "\"abc\""));
  EXPECT_TRUE(names_etag("abc", "\"abc\""));
  EXPECT_TRUE(names_etag("\"x\", W/\"abc\"", "\"abc\""));
  EXPECT_TRUE(names_etag("*", "\"abc\""));
  EXPECT_FALSE(names_etag("\"abcd\", \"ab\"", "\"abc\""));
  EXPECT_FALSE(names_etag("", "\"abc\""));
}

TEST(Conditions, DatesCountInWholeSeconds) {
  EXPECT_EQ(verdict({{"If-Modified-Since", kBefore}}), Verdict::holds);
  EXPECT_EQ(verdict({{"If-Modified-Since", kThen}}), Verdict::not_modified);
  EXPECT_EQ(verdict({{"If-Unmodified-Since", kBefore}}), Verdict::failed);
  EXPECT_EQ(verdict({{"If-Unmodified-Since", kThen}}), Verdict::holds);
  EXPECT_EQ(verdict({{"If-Unmodified-Since", "yesterday"}}), Verdict::holds);
}

TEST(Conditions, ETagsDecideBeforeDates) {
  EXPECT_EQ(verdict({{"If-Match", "\"abc\""}, {"If-Unmodified-Since", kBefore}}), Verdict::holds);
  EXPECT_EQ(verdict({{"If-None-Match", "\"x\""}, {"If-Modified-Since", kThen}}), Verdict::holds);
  EXPECT_EQ(verdict({{"If-None-Match", "\"abc\""}, {"If-Modified-Since", kBefore}}), Verdict::not_modified);
  EXPECT_EQ(verdict({{"If-Match", "\"x\""}, {"If-None-Match", "\"abc\""}}), Verdict::failed);
}

TEST(Conditions, OfCopiesHaveNamesOfTheirOwn) {
  EXPECT_EQ(verdict({{"x-amz-copy-source-if-match", "\"x\""}}, "x-amz-copy-source-"), Verdict::failed);
  EXPECT_EQ(verdict({{"If-Match", "\"x\""}}, "x-amz-copy-source-"), Verdict::holds);
}

}  // namespace
}  // namespace mere::s3
