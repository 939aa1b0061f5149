#include "http/short_wait.h"

#include <gtest/gtest.h>

namespace mere::http {
namespace {

using std::chrono::microseconds;

// One wait whose looking, if there is any, ends like that. Whether there was any.
bool wait(ShortWait& policy, bool in_time, microseconds sleep) {
  const bool looks = policy.begins_with_looking();
  if (looks) policy.looked(in_time);
  if (!looks || !in_time) policy.slept(sleep);
  return looks;
}

TEST(ShortWait, LooksAfterASleepThatLookingWouldHaveSpared) {
  ShortWait policy;

  EXPECT_FALSE(wait(policy, true, microseconds(120)));
  EXPECT_TRUE(wait(policy, true, microseconds(0)));
}

TEST(ShortWait, SleepsWhereThePeerIsFarAwayOrTakesTurns) {
  ShortWait policy;

  for (int i = 0; i < 300; ++i) {
    EXPECT_FALSE(wait(policy, true, microseconds(2000)));
    EXPECT_FALSE(wait(policy, true, microseconds(10)));
  }
}

TEST(ShortWait, GivesUpAfterAFewMissesAndTriesAgainMuchLater) {
  ShortWait policy;
  int looks = 0;

  for (int i = 0; i < 690; ++i) looks += wait(policy, false, microseconds(200)) ? 1 : 0;

  EXPECT_GE(looks, 4);
  EXPECT_LE(looks, 44);
}

TEST(ShortWait, SleepsNowAndThenToSeeWhetherThatIsAsGood) {
  ShortWait policy;
  wait(policy, true, microseconds(120));
  int sleeps = 0;

  for (int i = 0; i < 64; ++i) sleeps += wait(policy, true, microseconds(120)) ? 0 : 1;
  EXPECT_EQ(sleeps, 1);

  for (int i = 0; i < 64; ++i) wait(policy, true, microseconds(20));
  EXPECT_FALSE(wait(policy, true, microseconds(20)));  // both ends share a processor now
}

TEST(ShortWait, AsksUntilItIsReady) {
  // A thread that loses its processor meanwhile has looked for long enough.
  bool is_ready = false;
  int asked = 0;
  for (int attempt = 0; attempt < 1000 && !is_ready; ++attempt) {
    ShortWait policy;
    policy.slept(microseconds(120));
    asked = 0;
    is_ready = policy.look([&] { return ++asked == 3; });
  }

  EXPECT_TRUE(is_ready);
  EXPECT_EQ(asked, 3);
}

}  // namespace
}  // namespace mere::http
