#include "base/time_format.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace mere {
namespace {

Timestamp any_time() {
  // 0000-01-01 to 9999-12-31: what both forms can hold.
  return {*rc::gen::inRange<std::int64_t>(-62'167'219'200, 253'402'300'800),
          *rc::gen::inRange(0, 1'000'000'000)};
}

TEST(Rfc3339, LeavesTrailingZerosOut) {
  EXPECT_EQ(to_rfc3339({0, 0}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(to_rfc3339({1'767'323'045, 678'000'000}), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(to_rfc3339({-1, 1}), "1969-12-31T23:59:59.000000001Z");
  EXPECT_EQ(to_rfc3339({951'782'400, 0}), "2000-02-29T00:00:00Z");
}

TEST(Rfc3339, SurvivesTimesThatNoCalendarHas) {
  EXPECT_FALSE(to_rfc3339({std::numeric_limits<std::int64_t>::max(), 0}).empty());
  EXPECT_FALSE(to_rfc3339({std::numeric_limits<std::int64_t>::min(), 0}).empty());
}

TEST(Rfc3339, ReadsOffsetsAndFractions) {
  EXPECT_EQ(from_rfc3339("2026-01-02T03:04:05.678Z"), (Timestamp{1'767'323'045, 678'000'000}));
  EXPECT_EQ(from_rfc3339("2026-01-02T05:34:05+02:30"), (Timestamp{1'767'323'045, 0}));
  EXPECT_EQ(from_rfc3339("2026-01-01t19:04:05-08:00"), (Timestamp{1'767'323'045, 0}));
  EXPECT_EQ(from_rfc3339("2026-01-02T03:04:05.1234567899z"), (Timestamp{1'767'323'045, 123'456'789}));
}

TEST(Rfc3339, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "2026-01-02", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z", "2026-02-29T03:04:05Z",
        "2026-01-02T24:00:00Z", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05Zx", "2026-01-02T03:04:05+24:00",
        "2026-01-02T03:04:05+0100", "26-01-02T03:04:05Z", "2026-01-02 03:04:05Z", "2026-00-02T03:04:05Z",
        "2026-01-00T03:04:05Z", "+026-01-02T03:04:05Z"}) {
    EXPECT_FALSE(from_rfc3339(text)) << text;
  }
}

RC_GTEST_PROP(Rfc3339, RoundTrips, ()) {
  const Timestamp time = any_time();

  RC_ASSERT(from_rfc3339(to_rfc3339(time)) == time);
}

TEST(HttpDate, ReadsAllThreeForms) {
  const Timestamp time{784'111'777, 0};

  EXPECT_EQ(to_http_date(time), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(from_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), time);
  EXPECT_EQ(from_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), time);
  EXPECT_EQ(from_http_date("Sun Nov  6 08:49:37 1994"), time);
}

TEST(HttpDate, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "Sun, 06 Nov 1994 08:49:37", "Sun, 31 Feb 1994 08:49:37 GMT", "Son, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun Nov 6 08:49:37 1994", "Sun, 06 Nov 1994 25:49:37 GMT"}) {
    EXPECT_FALSE(from_http_date(text)) << text;
  }
}

RC_GTEST_PROP(HttpDate, RoundTrips, ()) {
  const Timestamp time = any_time();

  RC_ASSERT(from_http_date(to_http_date(time)) == (Timestamp{time.seconds, 0}));
}

}  // namespace
}  // namespace mere
