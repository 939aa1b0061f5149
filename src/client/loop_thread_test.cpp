#include "client/loop_thread.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>
#include <vector>

namespace mere::client {
namespace {

TEST(LoopThread, RunsWhatIsPostedInOrderOnOneThread) {
  std::vector<int> order;
  std::thread::id first, last;
  {
    LoopThread loop;
    loop.post([&] { first = std::this_thread::get_id(); });
    for (int i = 0; i < 100; ++i) loop.post([&order, i] { order.push_back(i); });
    loop.post([&] { last = std::this_thread::get_id(); });
  }

  ASSERT_EQ(order.size(), 100u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(first, last);
  EXPECT_NE(first, std::this_thread::get_id());
}

TEST(LoopThread, RunsTheEarlierTimerFirst) {
  LoopThread loop;
  std::promise<std::vector<int>> told;
  std::vector<int> order;

  loop.post([&] {
    loop.post_after(std::chrono::milliseconds(20), [&] {
      order.push_back(2);
      told.set_value(order);
    });
    loop.post_after(std::chrono::milliseconds(1), [&] { order.push_back(1); });
  });

  EXPECT_EQ(told.get_future().get(), (std::vector<int>{1, 2}));
}

TEST(Pause, EndsEarlyWhenItIsToldToStop) {
  LoopThread loop;
  std::stop_source stop;
  std::promise<bool> slept;

  loop.post([&] {
    start<bool>(pause(loop, loop, std::chrono::hours(1), stop.get_token()),
                [&](std::exception_ptr, std::optional<bool> result) { slept.set_value(*result); });
    loop.post([&] { stop.request_stop(); });
  });

  EXPECT_FALSE(slept.get_future().get());
}

TEST(Pause, OfNothingDoesNotWait) {
  LoopThread loop;
  BlockingExecutor here;

  EXPECT_TRUE(here.run(pause(loop, here, std::chrono::milliseconds(0), {})));
}

}  // namespace
}  // namespace mere::client
