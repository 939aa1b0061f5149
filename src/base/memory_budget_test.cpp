#include "base/memory_budget.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace mere {
namespace {

TEST(MemoryBudget, WhatDoesNotFitIsRefusedAndTakesNothing) {
  MemoryBudget budget(100);

  EXPECT_TRUE(budget.take(60));
  EXPECT_FALSE(budget.take(41));
  EXPECT_TRUE(budget.take(40));
  EXPECT_FALSE(budget.take(1));
  budget.give(100);

  EXPECT_EQ(budget.left(), 100u);
}

TEST(MemoryBudget, AShareGrowsWhileThereIsRoomAndGoesBackWhole) {
  MemoryBudget budget(100);
  {
    MemoryShare one(&budget);
    MemoryShare other(&budget);

    EXPECT_TRUE(one.grow_to(50));
    EXPECT_TRUE(one.grow_to(20));  // is more already
    EXPECT_TRUE(other.grow_to(50));
    EXPECT_FALSE(one.grow_to(51));

    EXPECT_EQ(one.bytes(), 50u);
    EXPECT_EQ(budget.left(), 0u);
  }
  EXPECT_EQ(budget.left(), 100u);
}

TEST(MemoryBudget, WithoutOneNothingIsRefused) {
  MemoryShare share(nullptr);

  EXPECT_TRUE(share.grow_to(std::size_t{1} << 40));
}

TEST(MemoryBudget, ThreadsNeverTakeMoreThanThereIs) {
  MemoryBudget budget(10);
  std::atomic<int> holders{0};
  std::atomic<int> most{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < 10'000; ++round) {
          if (!budget.take(4)) continue;
          const int now = ++holders;
          for (int seen = most.load(); seen < now && !most.compare_exchange_weak(seen, now);) {
          }
          --holders;
          budget.give(4);
        }
      });
    }
  }
  EXPECT_LE(most.load(), 2);
  EXPECT_EQ(budget.left(), 10u);
}

}  // namespace
}  // namespace mere
