#include "http/event_loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "base/task.h"

namespace mere::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A loop on a thread of its own, and a pair of sockets of which it watches one.
class LoopThread {
 public:
  LoopThread() : loop_(std::move(*EventLoop::create())), thread_([this] { loop_->run(); }) {}
  ~LoopThread() {
    loop_->post([this] { loop_->stop(); });
    thread_.join();
  }
  EventLoop& loop() { return *loop_; }

  // Runs a task on the loop and waits for it.
  template <class T>
  T run(Task<T> task) {
    std::promise<T> result;
    loop_->post([&] {
      start<T>(std::move(task),
               [&](std::exception_ptr, std::optional<T> value) { result.set_value(std::move(*value)); });
    });
    return result.get_future().get();
  }

 private:
  std::unique_ptr<EventLoop> loop_;
  std::thread thread_;
};

struct Pair {
  Fd ours;
  Fd theirs;
};
Pair socket_pair() {
  int fds[2];
  MERE_CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
  return {Fd(fds[0]), Fd(fds[1])};
}

TEST(EventLoop, RunsWhatIsPostedInOrder) {
  LoopThread thread;
  std::vector<int> order;
  std::promise<void> done;

  for (int i = 0; i < 1000; ++i) thread.loop().post([&order, i] { order.push_back(i); });
  thread.loop().post([&] { done.set_value(); });
  done.get_future().wait();

  ASSERT_EQ(order.size(), 1000u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(EventLoop, RunsWhatManyThreadsPost) {
  LoopThread thread;
  std::atomic<int> ran = 0;
  std::vector<std::thread> threads;

  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 5000; ++j) thread.loop().post([&] { ++ran; });
    });
  }
  for (auto& poster : threads) poster.join();
  std::promise<void> done;
  thread.loop().post([&] { done.set_value(); });
  done.get_future().wait();

  EXPECT_EQ(ran, 20'000);
}

Task<Socket::Wake> wait_once(EventLoop& loop, Fd fd, TimePoint deadline) {
  Socket socket(loop, std::move(fd));
  MERE_CHECK(socket.watch().has_value());
  socket.blocked(Socket::kRead);
  co_return co_await socket.wait(Socket::kRead, deadline);
}

TEST(EventLoop, WakesWhatWaitsForBytes) {
  LoopThread thread;
  Pair pair = socket_pair();
  std::thread sender([&] {
    std::this_thread::sleep_for(milliseconds(20));
    ASSERT_EQ(::send(pair.theirs.get(), "x", 1, 0), 1);
  });

  const auto wake = thread.run(wait_once(thread.loop(), std::move(pair.ours), TimePoint::max()));

  EXPECT_EQ(wake, Socket::Wake::ready);
  sender.join();
}

TEST(EventLoop, EndsAWaitWhoseTimeIsUp) {
  LoopThread thread;
  Pair pair = socket_pair();
  const auto begin = steady_clock::now();

  const auto wake = thread.run(wait_once(thread.loop(), std::move(pair.ours), begin + milliseconds(150)));

  EXPECT_EQ(wake, Socket::Wake::timed_out);
  EXPECT_GE(steady_clock::now() - begin, milliseconds(150));
  EXPECT_LT(steady_clock::now() - begin, milliseconds(2000));
}

Task<int> two_waits(EventLoop& loop, Fd fd) {
  Socket socket(loop, std::move(fd));
  MERE_CHECK(socket.watch().has_value());
  socket.blocked(Socket::kRead);
  loop.call_at(loop.now(), [&] { socket.wake(); });
  int interrupted = 0;
  if (co_await socket.wait(Socket::kRead, TimePoint::max()) == Socket::Wake::interrupted) ++interrupted;
  loop.post([&] { socket.interrupt(); });
  if (co_await socket.wait(Socket::kRead, TimePoint::max()) == Socket::Wake::interrupted) ++interrupted;
  if (co_await socket.wait(Socket::kRead, TimePoint::max()) == Socket::Wake::interrupted) ++interrupted;
  co_return interrupted;
}

TEST(EventLoop, InterruptsWaitsOnceOrForGood) {
  LoopThread thread;
  Pair pair = socket_pair();

  EXPECT_EQ(thread.run(two_waits(thread.loop(), std::move(pair.ours))), 3);
}

Task<bool> hop(EventLoop& loop) {
  struct OtherThread {
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> awaiter) {
      std::thread([awaiter] { awaiter.resume(); }).detach();
    }
    void await_resume() const {}
  };
  co_await OtherThread{};
  const bool away = !loop.is_this_thread();
  co_await loop.here();
  co_return away&& loop.is_this_thread();
}

TEST(EventLoop, HereComesBackFromAnotherThread) {
  LoopThread thread;

  EXPECT_TRUE(thread.run(hop(thread.loop())));
}

}  // namespace
}  // namespace mere::http
