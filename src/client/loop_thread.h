// A thread that runs what is posted to it, and what is due: where calls resume that nobody waits for.
#pragma once

#include <chrono>
#include <coroutine>
#include <functional>
#include <memory>
#include <stop_token>

#include "base/executor.h"
#include "base/task.h"

namespace mere::client {

// Runs work when it is due. Any thread may call it.
class Timer {
 public:
  virtual ~Timer() = default;
  virtual void post_after(std::chrono::milliseconds delay, std::function<void()> work) = 0;
};

class LoopThread final : public Executor, public Timer {
 public:
  LoopThread();
  ~LoopThread() override;  // runs what was posted, drops what is not due yet; not from its own thread
  LoopThread(const LoopThread&) = delete;

  void post(std::function<void()> work) override;
  void post_after(std::chrono::milliseconds delay, std::function<void()> work) override;  // on the thread

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Resumes on `executor`, where it must be awaited, after `delay`, or soon once `stop` is asked for; false
// then.
Task<bool> pause(Timer& timer, Executor& executor, std::chrono::milliseconds delay, std::stop_token stop);

}  // namespace mere::client
