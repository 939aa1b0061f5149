// Many tasks on one thread, and a seed that says which goes on: the same seed, the same run.
//
// While a Scheduler stands, every wait of its thread comes to it: std::condition_variable, sleep_for. So the
// code under test is the code that runs on servers, with its queues and back-offs, and nothing of it is
// replaced. Where a task may be overtaken is said by the simulated stores, which call pause() at each of
// their calls. A task that waits for a mutex would wait for ever: none is held across a call of a store (rule
// 5 of ARCHITECTURE.md), and a simulation that hangs has found one that is.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "base/random.h"
#include "simulation/fiber.h"

namespace mere::simulation {

// One thread, one scheduler at a time.
class Scheduler {
 public:
  // Both outlive it. The clock moves on its own when all tasks sleep.
  Scheduler(Random& random, ManualClock& clock);
  ~Scheduler();  // all tasks have ended
  Scheduler(const Scheduler&) = delete;

  // `body` runs as a task, later. It must not throw.
  void spawn(std::function<void()> body);
  // Until all tasks have ended.
  void run();
  bool in_task() const { return running_ != nullptr; }

  // Others may go first, by chance: one time in `n`. Nothing outside of a task.
  void pause();
  void overtake_one_in(std::uint32_t n) { one_in_ = n; }

  // What the waits of the C library become. Outside of a task the tasks run meanwhile.
  void wait(const void* condition);
  void notify(const void* condition);
  void sleep(std::chrono::nanoseconds duration);

  // The one of this thread, or null.
  static Scheduler* current();

 private:
  struct Task {
    explicit Task(Fiber::Stack stack, std::function<void()> body)
        : fiber(std::move(stack), std::move(body)) {}
    Fiber fiber;
    const void* waits_for = nullptr;
    bool sleeps = false;
    Timestamp until{};  // while it sleeps
  };

  void run_one();  // stops the program if all wait for each other
  void stop_running();

  Random& random_;
  ManualClock& clock_;
  std::vector<std::unique_ptr<Task>> tasks_;
  std::vector<Fiber::Stack> stacks_;  // of tasks that have ended
  Task* running_ = nullptr;
  std::uint32_t one_in_ = 1;
};

// Submitted work becomes a task.
class SimulatedQueue final : public WorkQueue {
 public:
  explicit SimulatedQueue(Scheduler& scheduler) : scheduler_(scheduler) {}
  void submit(std::function<void()> work) override { scheduler_.spawn(std::move(work)); }

 private:
  Scheduler& scheduler_;
};

}  // namespace mere::simulation
