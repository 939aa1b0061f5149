#include "client/loop_thread.h"

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace mere::client {

struct LoopThread::Impl {
  using Instant = std::chrono::steady_clock::time_point;

  Impl() : thread([this] { run(); }) {}

  void run() {
    std::unique_lock lock(mutex);
    std::vector<std::function<void()>> batch;
    for (;;) {
      const Instant now = std::chrono::steady_clock::now();
      while (!timers.empty() && timers.begin()->first <= now) {
        posted.push_back(std::move(timers.begin()->second));
        timers.erase(timers.begin());
      }
      if (posted.empty()) {
        if (closing) return;
        if (timers.empty()) {
          woken.wait(lock);
        } else {
          woken.wait_until(lock, timers.begin()->first);
        }
        continue;
      }
      batch.swap(posted);
      lock.unlock();
      for (auto& work : batch) work();
      batch.clear();
      lock.lock();
    }
  }

  std::mutex mutex;
  std::condition_variable woken;
  std::vector<std::function<void()>> posted;
  std::multimap<Instant, std::function<void()>> timers;
  bool closing = false;
  std::thread thread;  // last: it uses the others
};

LoopThread::LoopThread() : impl_(std::make_unique<Impl>()) {}

LoopThread::~LoopThread() {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->closing = true;
  }
  impl_->woken.notify_one();
  impl_->thread.join();
}

void LoopThread::post(std::function<void()> work) {
  // Told under the lock: once the last piece is posted, its work may end and this object be gone.
  std::lock_guard lock(impl_->mutex);
  if (impl_->posted.empty()) impl_->woken.notify_one();
  impl_->posted.push_back(std::move(work));
}

void LoopThread::post_after(std::chrono::milliseconds delay, std::function<void()> work) {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->timers.emplace(std::chrono::steady_clock::now() + delay, std::move(work));
  }
  impl_->woken.notify_one();
}

namespace {

// Whoever comes first, the timer or the stop, resumes the sleeper.
struct Sleep {
  std::atomic<bool> over = false;
  std::coroutine_handle<> sleeper;
  Executor* executor = nullptr;

  void end() {
    if (over.exchange(true)) return;
    executor->post([sleeper = sleeper] { sleeper.resume(); });
  }
};

struct SleepAwaiter {
  Timer& timer;
  Executor& executor;
  std::chrono::milliseconds delay;
  std::stop_token& stop;
  std::shared_ptr<Sleep> sleep = std::make_shared<Sleep>();
  std::optional<std::stop_callback<std::function<void()>>> on_stop{};

  bool await_ready() const { return delay <= std::chrono::milliseconds(0) || stop.stop_requested(); }
  void await_suspend(std::coroutine_handle<> sleeper) {
    const std::shared_ptr<Sleep> state = sleep;
    state->sleeper = sleeper;
    state->executor = &executor;
    timer.post_after(delay, [state] { state->end(); });
    on_stop.emplace(stop, [state] { state->end(); });
  }
  void await_resume() const {}
};

}  // namespace

Task<bool> pause(Timer& timer, Executor& executor, std::chrono::milliseconds delay, std::stop_token stop) {
  SleepAwaiter awaiter{timer, executor, delay, stop};
  co_await awaiter;
  co_return !stop.stop_requested();
}

}  // namespace mere::client
