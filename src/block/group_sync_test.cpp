#include "block/group_sync.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <latch>
#include <thread>
#include <vector>

namespace mere::block {
namespace {

using namespace std::chrono_literals;

TEST(GroupSync, RunsOncePerCallWhenCallsComeOneByOne) {
  int runs = 0;
  GroupSync sync([&] { return ++runs, 0; });

  EXPECT_EQ(sync.sync(), 0);
  EXPECT_EQ(sync.sync(), 0);

  EXPECT_EQ(runs, 2);
}

TEST(GroupSync, ServesAllWhoWaitWithOneRun) {
  std::atomic<int> runs{0};
  std::latch first_runs(1);
  std::latch go_on(1);
  GroupSync sync([&] {
    if (++runs == 1) {
      first_runs.count_down();
      go_on.wait();
    }
    return 0;
  });
  std::vector<std::jthread> threads;
  threads.emplace_back([&] { sync.sync(); });
  first_runs.wait();
  for (int i = 0; i < 15; ++i) threads.emplace_back([&] { sync.sync(); });
  std::this_thread::sleep_for(50ms);  // they are waiting by now; if one is not, it only costs a run

  go_on.count_down();
  threads.clear();

  EXPECT_GE(runs, 2);  // the first began before the others asked, and so proves nothing for them
  EXPECT_LE(runs, 5);
}

TEST(GroupSync, EveryCallIsFollowedByARunThatBeganLater) {
  std::atomic<std::uint64_t> written{0};
  std::atomic<std::uint64_t> durable{0};
  std::atomic<int> wrong{0};
  GroupSync sync([&] {
    const std::uint64_t seen = written;
    std::this_thread::sleep_for(50us);
    durable = seen;
    return 0;
  });
  std::vector<std::jthread> threads;

  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 200; ++n) {
        const std::uint64_t mine = ++written;
        sync.sync();
        if (durable < mine) ++wrong;
      }
    });
  threads.clear();

  EXPECT_EQ(wrong, 0);
}

TEST(GroupSync, AFailureReachesAllThatItConcerns) {
  std::atomic<int> runs{0};
  std::atomic<int> failures{0};
  std::latch first_runs(1);
  std::latch go_on(1);
  GroupSync sync([&] {
    const int run = ++runs;
    if (run == 1) {
      first_runs.count_down();
      go_on.wait();
    }
    return run == 2 ? -EIO : 0;
  });
  std::vector<std::jthread> threads;
  threads.emplace_back([&] { EXPECT_EQ(sync.sync(), 0); });
  first_runs.wait();
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      if (sync.sync() == -EIO) ++failures;
    });
  std::this_thread::sleep_for(50ms);

  go_on.count_down();
  threads.clear();

  EXPECT_GE(failures, 1);
  EXPECT_EQ(sync.sync(), 0);  // asked after the failure: a new run
}

}  // namespace
}  // namespace mere::block
