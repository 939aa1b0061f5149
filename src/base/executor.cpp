#include "base/executor.h"

#include <deque>
#include <thread>

#include "base/check.h"

namespace mere {
namespace {

// Who became idle last is woken first: what its processor and its allocator hold is still warm, and of many
// threads only as many run as the work needs.
class ThreadPool final : public WorkQueue {
 public:
  ThreadPool(std::size_t threads, std::size_t capacity) : capacity_(capacity), wakings_(threads) {
    MERE_CHECK(threads > 0 && capacity > 0);
    idle_.reserve(threads);
    threads_.reserve(threads);
    for (std::condition_variable& waking : wakings_) threads_.emplace_back([this, &waking] { work(waking); });
  }

  ~ThreadPool() override {
    {
      std::lock_guard lock(mutex_);
      closing_ = true;
    }
    for (std::condition_variable& waking : wakings_) waking.notify_one();
    for (std::thread& thread : threads_) thread.join();
  }

  void submit(std::function<void()> piece) override {
    std::condition_variable* woken = nullptr;
    {
      std::unique_lock lock(mutex_);
      taken_.wait(lock, [this] { return waiting_.size() < capacity_; });
      waiting_.push_back(std::move(piece));
      if (!idle_.empty()) {
        woken = idle_.back();
        idle_.pop_back();
      }
    }
    if (woken != nullptr) woken->notify_one();
  }

 private:
  void work(std::condition_variable& waking) {
    std::unique_lock lock(mutex_);
    for (;;) {
      while (waiting_.empty()) {
        if (closing_) return;
        idle_.push_back(&waking);
        waking.wait(lock);
        std::erase(idle_, &waking);  // there still, if nobody woke this thread
      }
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
  std::condition_variable taken_;
  std::deque<std::function<void()>> waiting_;
  std::vector<std::condition_variable> wakings_;  // one a thread
  std::vector<std::condition_variable*> idle_;    // the last is woken first
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
