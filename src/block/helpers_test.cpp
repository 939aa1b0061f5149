#include "block/helpers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace mere::block {
namespace {

TEST(Helpers, WorkRunsBesideWhoBeganIt) {
  std::latch met(2);  // each waits for the other: alone, neither would end
  Helpers helpers(1);

  ASSERT_TRUE(helpers.begin([&] { met.arrive_and_wait(); }));
  met.arrive_and_wait();
}

TEST(Helpers, WhereAllAreBusyNothingIsBegun) {
  std::latch go(1);
  Helpers helpers(1);

  EXPECT_TRUE(helpers.begin([&] { go.wait(); }));
  EXPECT_FALSE(helpers.begin([] {}));
  go.count_down();

  EXPECT_FALSE(Helpers(0).begin([] {}));
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
}

}  // namespace
}  // namespace mere::block
