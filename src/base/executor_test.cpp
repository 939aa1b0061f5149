#include "base/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

namespace mere {
namespace {

Task<int> doubled(WorkQueue& queue, Executor& executor, int number) {
  auto work = [&] { return number * 2; };
  co_return co_await offload(queue, executor, work);
}

Task<std::string> chained(WorkQueue& queue, Executor& executor) {
  std::string out;
  for (int i = 0; i < 100; ++i) {
    const std::thread::id before = std::this_thread::get_id();
    out += std::to_string(co_await doubled(queue, executor, i) % 10);
    if (std::this_thread::get_id() != before) out += "another thread";
  }
  co_return out;
}

Task<int> failing(WorkQueue& queue, Executor& executor) {
  auto work = []() -> int { throw std::runtime_error("no"); };
  co_return co_await offload(queue, executor, work);
}

Task<void> adds_one(int& number) {
  number += 1;
  co_return;
}

TEST(Offload, ResumesOnTheThreadItLeft) {
  const auto pool = make_thread_pool(2, 4);
  std::string expected;
  for (int i = 0; i < 100; ++i) expected += std::to_string(i * 2 % 10);

  for (WorkQueue* queue : {pool.get(), &inline_work_queue()}) {
    BlockingExecutor executor;
    EXPECT_EQ(executor.run(chained(*queue, executor)), expected);
  }
}

TEST(Offload, PassesAnExceptionOn) {
  const auto pool = make_thread_pool(1, 1);
  BlockingExecutor executor;

  EXPECT_THROW(executor.run(failing(*pool, executor)), std::runtime_error);
}

TEST(OffloadUntilTold, GivesWhatIsToldByAnyThread) {
  const auto tellers = make_thread_pool(1, 1);
  const auto pool = make_thread_pool(1, 1);  // goes first: its thread may still be about to leave the other
  BlockingExecutor executor;
  const auto later = [&](std::function<void(int)> told) {
    tellers->submit([told = std::move(told)] { told(7); });
  };
  const auto at_once = [](const std::function<void(int)>& told) { told(8); };

  EXPECT_EQ(executor.run(offload_until_told<int>(*pool, executor, later)), 7);
  EXPECT_EQ(executor.run(offload_until_told<int>(inline_work_queue(), executor, at_once)), 8);
}

TEST(OffloadUntilTold, PassesAnExceptionOn) {
  const auto pool = make_thread_pool(1, 1);
  BlockingExecutor executor;
  const auto failing = [](const std::function<void(int)>&) { throw std::runtime_error("no"); };

  EXPECT_THROW(executor.run(offload_until_told<int>(*pool, executor, failing)), std::runtime_error);
}

TEST(BlockingExecutor, RunsATaskWithoutResult) {
  BlockingExecutor executor;
  int number = 1;

  executor.run(adds_one(number));

  EXPECT_EQ(number, 2);
}

TEST(BlockingExecutor, CanGoAsSoonAsRunReturns) {
  const auto pool = make_thread_pool(2, 16);
  for (int i = 0; i < 2000; ++i) {
    BlockingExecutor executor;
    ASSERT_EQ(executor.run(doubled(*pool, executor, i)), 2 * i);
  }
}

TEST(ThreadPool, FinishesWhatWasSubmittedBeforeItGoes) {
  std::atomic<int> done = 0;
  {
    const auto pool = make_thread_pool(3, 8);
    for (int i = 0; i < 500; ++i) pool->submit([&] { done += 1; });
  }

  EXPECT_EQ(done, 500);
}

TEST(ThreadPool, HoldsSubmittersBackWhileFull) {
  std::mutex gate;
  std::atomic<int> submitted = 0;
  const auto pool = make_thread_pool(1, 2);
  std::unique_lock closed(gate);

  std::thread submitter([&] {
    for (int i = 0; i < 10; ++i) {
      pool->submit([&] { std::lock_guard wait(gate); });
      submitted += 1;
    }
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));

  EXPECT_LE(submitted, 3);  // one being run, two waiting
  closed.unlock();
  submitter.join();
  EXPECT_EQ(submitted, 10);
}

}  // namespace
}  // namespace mere
