#include "http/message.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/encoding.h"

namespace mere::http {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST(Headers, CompareNamesWithoutCase) {
  Headers headers;
  headers.add("Content-Type", "text/plain");

  EXPECT_EQ(headers.get("content-type"), "text/plain");
  EXPECT_TRUE(headers.contains("CONTENT-TYPE"));
  EXPECT_EQ(headers.find("Content-Typ"), nullptr);
  EXPECT_EQ(headers.get("Accept"), "");
}

TEST(Headers, SetReplacesAllOfAName) {
  Headers headers;
  headers.add("A", "1");
  headers.add("B", "2");
  headers.add("a", "3");

  headers.set("A", "4");
  headers.set("C", "5");

  EXPECT_EQ(headers.size(), 3u);
  EXPECT_EQ(headers.get("a"), "4");
  EXPECT_EQ(headers.get("c"), "5");
}

TEST(Headers, EraseRemovesAllOfAName) {
  Headers headers;
  headers.add("A", "1");
  headers.add("B", "2");
  headers.add("a", "3");

  headers.erase("A");

  ASSERT_EQ(headers.size(), 1u);
  EXPECT_EQ(headers.begin()->first, "B");
}

TEST(ParseQuery, DecodesNamesAndValuesInOrder) {
  EXPECT_EQ(parse_query("b=1&a=x%2Fy+z&b=2&flag&=v&&"),
            (Pairs{{"b", "1"}, {"a", "x/y z"}, {"b", "2"}, {"flag", ""}, {"", "v"}}));
  EXPECT_EQ(parse_query(""), Pairs());
}

TEST(ParseQuery, KeepsEqualsSignsOfAValue) {
  EXPECT_EQ(parse_query("a=b=c"), (Pairs{{"a", "b=c"}}));
}

TEST(ParseQuery, RefusesAMalformedEscape) {
  EXPECT_EQ(parse_query("a=%2"), std::nullopt);
  EXPECT_EQ(parse_query("%zz=1"), std::nullopt);
}

RC_GTEST_PROP(ParseQuery, GivesBackWhatWasEncoded, (const Pairs& pairs)) {
  std::string query;
  for (const auto& [name, value] : pairs) {
    if (!query.empty()) query += '&';
    query += percent_encode(name) + "=" + percent_encode(value);
  }

  RC_ASSERT(parse_query(query) == pairs);
}

TEST(ReadAll, ReadsToTheEnd) {
  const std::string text(100'000, 'x');
  const auto body = make_string_body(text);
  BlockingExecutor executor;

  EXPECT_EQ(*executor.run(read_all(body.get(), text.size())), text);
}

TEST(ReadAll, OfNoBodyIsEmpty) {
  BlockingExecutor executor;

  EXPECT_EQ(*executor.run(read_all(nullptr, 0)), "");
}

TEST(ReadAll, RefusesMoreThanItsLimit) {
  const auto body = make_string_body(std::string(101, 'x'));
  BlockingExecutor executor;

  const auto bytes = executor.run(read_all(body.get(), 100));

  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, Code::too_large);
}

TEST(ReadAll, ALargeBodyTakesAShareAndASmallOneNone) {
  MemoryBudget budget(1u << 20);
  const auto small = make_string_body(std::string(1'000, 'x'));
  const auto large = make_string_body(std::string(300'000, 'x'));
  BlockingExecutor executor;
  {
    MemoryShare share(&budget);

    EXPECT_EQ(executor.run(read_all(small.get(), 400'000, share))->size(), 1'000u);
    EXPECT_EQ(share.bytes(), 0u);
    EXPECT_EQ(executor.run(read_all(large.get(), 400'000, share))->size(), 300'000u);
    EXPECT_GE(share.bytes(), 300'000u);
  }
  EXPECT_EQ(budget.left(), 1u << 20);
}

TEST(ReadAll, IsUnavailableWhereTheBudgetIsUsedUp) {
  MemoryBudget budget(200'000);
  const auto body = make_string_body(std::string(300'000, 'x'));
  BlockingExecutor executor;
  MemoryShare share(&budget);

  const auto bytes = executor.run(read_all(body.get(), 400'000, share));

  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, Code::unavailable);
}

}  // namespace
}  // namespace mere::http
