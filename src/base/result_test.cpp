#include "base/result.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>

namespace mere {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Error{Code::invalid_argument, "odd"};
  return number / 2;
}
Result<int> quarter(int number) {
  ASSIGN_OR_RETURN(const int once, half(number));
  ASSIGN_OR_RETURN(const int twice, half(once));
  return twice;
}
Status check_even(int number) {
  RETURN_IF_ERROR([&]() -> Status {
    if (!half(number)) return half(number).error();
    return {};
  }());
  return {};
}

TEST(Result, HoldsAValueOrAnError) {
  EXPECT_EQ(*half(4), 2);
  ASSERT_FALSE(half(3));
  EXPECT_EQ(half(3).error(), (Error{Code::invalid_argument, "odd"}));
  EXPECT_EQ(half(3).value_or(7), 7);
}

TEST(Result, MacrosPassTheFirstErrorOn) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).error().message, "odd");
  EXPECT_TRUE(check_even(2));
  EXPECT_FALSE(check_even(1));
}

TEST(Result, OfAnOptionalTellsAbsenceFromFailure) {
  const Result<std::optional<std::string>> absent = std::nullopt;
  const Result<std::optional<std::string>> present = std::string("x");

  ASSERT_TRUE(absent);
  EXPECT_FALSE(absent->has_value());
  EXPECT_EQ(**present, "x");
}

TEST(ResultDeathTest, ReadingTheValueOfAnErrorStopsTheProcess) {
  EXPECT_DEATH((void)half(3).value(), "broken invariant: has_value");
}

TEST(Code, EachHasItsOwnName) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Code::internal); ++i) names.insert(name_of(static_cast<Code>(i)));

  EXPECT_EQ(names.size(), static_cast<std::size_t>(Code::internal) + 1);
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(Error, ContextComesFirst) {
  EXPECT_EQ(with_context("open a", {Code::io_error, "disk"}), (Error{Code::io_error, "open a: disk"}));
}

}  // namespace
}  // namespace mere
