#include "base/executor.h"

#include <deque>
#include <thread>

#include "base/check.h"

namespace mere {
namespace {

class ThreadPool final : public WorkQueue {
 public:
  ThreadPool(std::size_t threads, std::size_t capacity) : capacity_(capacity) {
    MERE_CHECK(threads > 0 && capacity > 0);
    threads_.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }

  ~ThreadPool() override {
    {
      std::lock_guard lock(mutex_);
      closing_ = true;
    }
    submitted_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  void submit(std::function<void()> piece) override {
    {
      std::unique_lock lock(mutex_);
      taken_.wait(lock, [this] { return waiting_.size() < capacity_; });
      waiting_.push_back(std::move(piece));
    }
    submitted_.notify_one();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      submitted_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      std::function<void()> piece = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      taken_.notify_one();
      piece();
      piece = nullptr;  // what it captured goes before the lock is taken again
      lock.lock();
    }
  }

  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable submitted_, taken_;
  std::deque<std::function<void()>> waiting_;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

class InlineQueue final : public WorkQueue {
 public:
  void submit(std::function<void()> work) override { work(); }
};

}  // namespace

std::unique_ptr<WorkQueue> make_thread_pool(std::size_t threads, std::size_t capacity) {
  return std::make_unique<ThreadPool>(threads, capacity);
}

WorkQueue& inline_work_queue() {
  static InlineQueue queue;
  return queue;
}

void BlockingExecutor::post(std::function<void()> work) {
  // Told under the lock: once the last piece is posted, run() may return and this object be gone.
  std::lock_guard lock(mutex_);
  queue_.push_back(std::move(work));
  posted_.notify_one();
}

void BlockingExecutor::run_until(const bool& done) {
  using Clock = std::chrono::steady_clock;
  if (done) return;
  const bool works = waiting_.work != nullptr;
  auto next = works ? Clock::now() + waiting_.every : Clock::time_point::max();
  while (!done) {
    std::vector<std::function<void()>> batch;
    {
      std::unique_lock lock(mutex_);
      const auto is_posted = [this] { return !queue_.empty(); };
      if (works) {
        posted_.wait_until(lock, next, is_posted);
      } else {
        posted_.wait(lock, is_posted);
      }
      batch.swap(queue_);
    }
    for (auto& work : batch) work();
    if (!works) continue;
    if (const auto now = Clock::now(); now >= next) {
      waiting_.work();
      next = now + waiting_.every;
    }
  }
}

}  // namespace mere
