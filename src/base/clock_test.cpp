#include "base/clock.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace mere {
namespace {

using namespace std::chrono_literals;

TEST(Timestamp, CarriesNanosecondsAcrossSecondsBothWays) {
  EXPECT_EQ((Timestamp{10, 999'999'999} + 1ns), (Timestamp{11, 0}));
  EXPECT_EQ((Timestamp{10, 0} + -1ns), (Timestamp{9, 999'999'999}));
  EXPECT_EQ((Timestamp{-1, 500'000'000} + -1s), (Timestamp{-2, 500'000'000}));
}

TEST(Timestamp, StopsAtTheLimits) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ((Timestamp{most, 5} + 2s), (Timestamp{most, 999'999'999}));
  EXPECT_EQ((Timestamp{most, 0} - Timestamp{-most, 0}), std::chrono::nanoseconds::max());
}

RC_GTEST_PROP(Timestamp, AddingADifferenceGivesTheOther, (std::int32_t a, std::int32_t b)) {
  const Timestamp from{a, *rc::gen::inRange(0, 1'000'000'000)};
  const Timestamp to{b, *rc::gen::inRange(0, 1'000'000'000)};

  RC_ASSERT(from + (to - from) == to);
}

TEST(ManualClock, MovesOnlyWhenTold) {
  ManualClock clock({100, 0});
  const auto steady = clock.steady();

  clock.advance(1500ms);

  EXPECT_EQ(clock.now(), (Timestamp{101, 500'000'000}));
  EXPECT_EQ(clock.steady() - steady, 1500ms);
}

TEST(SystemClock, IsPastTheYearThisWasWritten) {
  EXPECT_GT(system_clock().now().seconds, 1'700'000'000);
}

}  // namespace
}  // namespace mere
