#include "version/branch_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

namespace mere::version {
namespace {

using namespace std::chrono_literals;

TEST(BranchQueue, GivesOneTurnABranchAtATime) {
  BranchQueue queue;
  std::atomic<int> inside = 0;
  int turns = 0;  // guarded by the turn itself

  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        const BranchQueue::Turn turn(queue, "main");
        EXPECT_EQ(++inside, 1);
        ++turns;
        --inside;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(turns, 1600);
  EXPECT_EQ(queue.branches(), 0u) << "a branch that nobody waits for is forgotten";
}

TEST(BranchQueue, LetsBranchesGoOnTheirOwn) {
  BranchQueue queue;
  const BranchQueue::Turn turn(queue, "main");
  const BranchQueue::Turn other(queue, "dev");  // would hang
  EXPECT_EQ(queue.branches(), 2u);
}

TEST(BranchQueue, LetsOneTurnServeThoseThatWait) {
  struct Ticket final : BranchQueue::Ticket {
    int served_by = -1;
  };
  BranchQueue queue;
  std::optional<BranchQueue::Turn> first(std::in_place, queue, "main");
  std::atomic<int> leaders = 0;
  std::atomic<int> served = 0;

  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      Ticket own;
      if (!queue.enter_servable("main", own)) {
        EXPECT_NE(own.served_by, -1);
        ++served;
        return;
      }
      ++leaders;
      const auto others = queue.take_servable("main", 100);
      for (BranchQueue::Ticket* other : others) static_cast<Ticket*>(other)->served_by = i;
      queue.leave("main", others);
    });
  }
  std::this_thread::sleep_for(20ms);
  first.reset();
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(leaders + served, 8);
  EXPECT_GE(leaders, 1);
  EXPECT_EQ(queue.branches(), 0u);
}

TEST(BranchQueue, TakesNoMoreThanAskedForAndNobodyWhoWantsATurn) {
  BranchQueue queue;
  BranchQueue::Ticket leader;
  ASSERT_TRUE(queue.enter_servable("main", leader));
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      BranchQueue::Ticket own;
      if (queue.enter_servable("main", own)) queue.leave("main");
    });
  }
  threads.emplace_back([&] { const BranchQueue::Turn turn(queue, "main"); });
  std::this_thread::sleep_for(20ms);

  const auto taken = queue.take_servable("main", 2);
  EXPECT_LE(taken.size(), 2u);
  queue.leave("main", taken);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace mere::version
