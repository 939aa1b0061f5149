// An executor for a thread that waits, with something to do meanwhile.
#pragma once

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/executor.h"
#include "base/task.h"

namespace mere::http {

// What the thread does meanwhile, so often at least: looks for Ctrl-C, say.
struct Waiting {
  std::chrono::milliseconds every{100};
  std::function<void()> work{};  // empty: nothing
};

// As BlockingExecutor. A client whose request has it as its executor need not suspend where the thread has
// one task only: it waits where it is called, and nobody has to be woken.
class PatientExecutor final : public Executor {
 public:
  // Whether what run() is given does one thing after the other, or waits for several at a time.
  enum class Tasks { one, many };

  explicit PatientExecutor(Tasks tasks, Waiting waiting = {}) : tasks_(tasks), waiting_(std::move(waiting)) {}
  void post(std::function<void()> work) override;
  // Null: other tasks have their turns here, so nothing may wait.
  const Waiting* may_wait() const { return tasks_ == Tasks::one ? &waiting_ : nullptr; }

  // Runs `task`, which was given this executor, to its end on this thread.
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

 private:
  void run_until(const bool& done);

  const Tasks tasks_;
  const Waiting waiting_;
  std::mutex mutex_;
  std::condition_variable posted_;
  std::vector<std::function<void()>> queue_;
};

}  // namespace mere::http
