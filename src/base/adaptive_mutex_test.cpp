#include "base/adaptive_mutex.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <thread>
#include <vector>

namespace mere {
namespace {

TEST(AdaptiveMutexTest, LetsOneThreadInAtATime) {
  AdaptiveMutex mutex;
  int count = 0;
  std::vector<std::thread> threads;

  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10'000; ++n) {
        std::lock_guard lock(mutex);
        ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(count, 40'000);
  EXPECT_TRUE(mutex.try_lock());
  mutex.unlock();
}

TEST(AdaptiveMutexTest, IsGivenBackWhileAConditionIsWaitedFor) {
  AdaptiveMutex mutex;
  std::condition_variable told;
  int turn = 0;

  std::thread other([&] {
    std::unique_lock<std::mutex> lock(mutex);
    told.wait(lock, [&] { return turn == 1; });
    turn = 2;
    told.notify_one();
  });
  std::unique_lock<std::mutex> lock(mutex);
  turn = 1;
  told.notify_one();
  told.wait(lock, [&] { return turn == 2; });
  lock.unlock();
  other.join();

  EXPECT_EQ(turn, 2);
}

}  // namespace
}  // namespace mere
