// Where code runs: an Executor resumes coroutines of one connection, a WorkQueue runs blocking work.
#pragma once

#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/task.h"

namespace mere {

// Runs what is posted one at a time, in order, later, never inside post(). Any thread may post.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual void post(std::function<void()> work) = 0;
};

// Runs blocking work. Any thread may submit.
class WorkQueue {
 public:
  virtual ~WorkQueue() = default;
  // `work` must not throw. Waits while the queue is full.
  virtual void submit(std::function<void()> work) = 0;
};

// `threads` threads, and at most `capacity` pieces waiting. The destructor finishes what was submitted.
std::unique_ptr<WorkQueue> make_thread_pool(std::size_t threads, std::size_t capacity);
// Runs work inside submit(): for tests and in-process calls.
WorkQueue& inline_work_queue();

// Calls `work` on `queue` with a function that takes the result, and resumes on `executor` once that was
// called.
template <class T, class F>
struct UntilTold {
  WorkQueue& queue;
  Executor& executor;
  F& work;
  std::optional<T> result{};
  std::exception_ptr failure{};

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> awaiter) {
    queue.submit([this, awaiter] {
      const auto resume = [this, awaiter] { executor.post([awaiter] { awaiter.resume(); }); };
      try {
        work([this, resume](T told) {
          result.emplace(std::move(told));
          resume();
        });
      } catch (...) {
        failure = std::current_exception();
        resume();
      }
    });
  }
  T await_resume() {
    if (failure) std::rethrow_exception(failure);
    return std::move(*result);
  }
};

// Runs `work` on `queue` and resumes here, on `executor`. `work` is borrowed: name it before the co_await.
template <class F>
Task<std::invoke_result_t<F&>> offload(WorkQueue& queue, Executor& executor, F& work) {
  using T = std::invoke_result_t<F&>;
  static_assert(!std::is_void_v<T>);
  const auto tell = [&work](const auto& told) { told(work()); };
  UntilTold<T, decltype(tell)> awaiter{queue, executor, tell};
  co_return co_await awaiter;
}

// As offload(), for work that ends later than it returns: `work` is called with a function that takes the
// result, which is called once, by any thread, perhaps before `work` returns; not if that throws.
template <class T, class F>
Task<T> offload_until_told(WorkQueue& queue, Executor& executor, F& work) {
  UntilTold<T, F> awaiter{queue, executor, work};
  co_return co_await awaiter;
}

// What a thread that waits does meanwhile, so often at least: looks for Ctrl-C, say.
struct Waiting {
  std::chrono::milliseconds every{100};
  std::function<void()> work{};  // empty: nothing
};

// Runs a task, which was given this executor, to its end on this thread, which waits while it is suspended:
// what is posted here runs on it.
class BlockingExecutor final : public Executor {
 public:
  // Whether what run() is given does one thing after the other, or may wait for several at a time. With one
  // only, whoever sees this executor may wait where it is called instead of suspending: nobody has to be
  // woken then.
  enum class Tasks { one, many };

  explicit BlockingExecutor(Tasks tasks = Tasks::many, Waiting waiting = {})
      : tasks_(tasks), waiting_(std::move(waiting)) {}
  void post(std::function<void()> work) override;
  // Null: other tasks have their turns here, so nothing may wait.
  const Waiting* may_wait() const { return tasks_ == Tasks::one ? &waiting_ : nullptr; }

  template <class T>
  T run(Task<T> task) {
    std::optional<T> result;
    std::exception_ptr failure;
    bool done = false;
    start<T>(std::move(task), [&](std::exception_ptr thrown, std::optional<T> value) {
      failure = thrown;
      result = std::move(value);
      done = true;
    });
    run_until(done);
    if (failure) std::rethrow_exception(failure);
    return std::move(*result);
  }
  void run(Task<void> task) {
    std::exception_ptr failure;
    bool done = false;
    start(std::move(task), [&](std::exception_ptr thrown) {
      failure = thrown;
      done = true;
    });
    run_until(done);
    if (failure) std::rethrow_exception(failure);
  }

 private:
  void run_until(const bool& done);

  const Tasks tasks_;
  const Waiting waiting_;
  std::mutex mutex_;
  std::condition_variable posted_;
  std::vector<std::function<void()>> queue_;
};

}  // namespace mere
