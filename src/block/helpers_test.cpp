#include "block/helpers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <string>
#include <thread>
#include <vector>

namespace mere::block {
namespace {

TEST(Helpers, RunBothAtTheSameTime) {
  Helpers helpers(1);
  std::latch met(2);  // each waits for the other: alone, neither would end

  helpers.run_both([&] { met.arrive_and_wait(); }, [&] { met.arrive_and_wait(); });

  EXPECT_TRUE(met.try_wait());
}

TEST(Helpers, WithoutAThreadOneFollowsTheOther) {
  Helpers helpers(0);
  std::string order;

  helpers.run_both([&] { order += "a"; }, [&] { order += "h"; });

  EXPECT_EQ(order.size(), 2u);
}

TEST(Helpers, ManyCallersEachHaveBothDone) {
  Helpers helpers(2);
  std::atomic<int> incomplete{0};
  {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < 8; ++caller)
      callers.emplace_back([&] {
        for (int turn = 0; turn < 500; ++turn) {
          int aside = 0, here = 0;
          helpers.run_both([&] { ++aside; }, [&] { ++here; });
          if (aside != 1 || here != 1) ++incomplete;
        }
      });
  }

  EXPECT_EQ(incomplete, 0);
}

TEST(Helpers, WhatWasBegunIsDoneBeforeTheyEnd) {
  std::atomic<int> done{0};
  int begun = 0;
  {
    Helpers helpers(2);
    for (int i = 0; i < 100; ++i) begun += helpers.begin([&] { ++done; });
  }

  EXPECT_GE(begun, 2);
  EXPECT_EQ(done, begun);
  EXPECT_FALSE(Helpers(0).begin([] {}));
}

}  // namespace
}  // namespace mere::block
