#include "lake/usage.h"

#include <gtest/gtest.h>

namespace mere::lake {
namespace {

TEST(Usage, ShowsWhatIsCountedAndNotYetStored) {
  const auto state = kv::make_memory_store();
  ManualClock clock;  // 2023-11-14
  Usage usage(*state, clock);

  usage.count();
  usage.count();
  const auto before = usage.report();
  ASSERT_TRUE(usage.flush());
  usage.count();
  const auto after = usage.report();

  ASSERT_EQ(before->size(), 1u);
  EXPECT_EQ(before->front().year, 2023);
  EXPECT_EQ(before->front().month, 11);
  EXPECT_EQ(before->front().count, 2);
  ASSERT_EQ(after->size(), 1u);
  EXPECT_EQ(after->front().count, 3);
}

TEST(Usage, IsKeptPerMonthAndAcrossRestarts) {
  const auto state = kv::make_memory_store();
  ManualClock clock;
  {
    Usage usage(*state, clock);
    usage.count();
    ASSERT_TRUE(usage.flush());
  }
  clock.advance(std::chrono::hours(24 * 30));

  Usage usage(*state, clock);
  usage.count();
  const auto months = usage.report();

  ASSERT_EQ(months->size(), 2u);
  EXPECT_EQ((*months)[0].month, 11);
  EXPECT_EQ((*months)[1].month, 12);
  EXPECT_EQ((*months)[1].count, 1);
}

}  // namespace
}  // namespace mere::lake
