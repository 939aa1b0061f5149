#include "simulation/scheduler.h"

#include <dlfcn.h>
#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include "base/check.h"

namespace mere::simulation {
namespace {

thread_local Scheduler* of_this_thread = nullptr;

}  // namespace

Scheduler* Scheduler::current() {
  return of_this_thread;
}

Scheduler::Scheduler(Random& random, ManualClock& clock) : random_(random), clock_(clock) {
  MERE_CHECK(of_this_thread == nullptr);
  of_this_thread = this;
}

Scheduler::~Scheduler() {
  MERE_CHECK(tasks_.empty());
  of_this_thread = nullptr;
}

void Scheduler::spawn(std::function<void()> body) {
  Fiber::Stack stack;
  if (stacks_.empty()) {
    stack = std::make_unique_for_overwrite<std::byte[]>(Fiber::kStackBytes);
  } else {
    stack = std::move(stacks_.back());
    stacks_.pop_back();
  }
  tasks_.push_back(std::make_unique<Task>(std::move(stack), std::move(body)));
}

void Scheduler::run() {
  MERE_CHECK(!in_task());
  while (!tasks_.empty()) run_one();
}

void Scheduler::run_one() {
  std::vector<std::size_t> ready;
  std::size_t first_sleeper = tasks_.size();
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    const Task& task = *tasks_[i];
    if (task.waits_for == nullptr && !task.sleeps) ready.push_back(i);
    if (task.sleeps && (first_sleeper == tasks_.size() || task.until < tasks_[first_sleeper]->until)) {
      first_sleeper = i;
    }
  }
  // A sleeper may also wake while others are at work.
  if (first_sleeper < tasks_.size() && (ready.empty() || random_.next_u64() % 16 == 0)) {
    const auto left = tasks_[first_sleeper]->until - clock_.now();
    if (left.count() > 0) clock_.advance(left);
    tasks_[first_sleeper]->sleeps = false;
    ready.assign({first_sleeper});
  }
  MERE_CHECK(!ready.empty());  // all tasks wait for each other
  const std::size_t chosen = ready[random_.next_u64() % ready.size()];
  clock_.advance(std::chrono::microseconds(50));

  Task* const before = std::exchange(running_, tasks_[chosen].get());
  tasks_[chosen]->fiber.resume();
  running_ = before;
  if (!tasks_[chosen]->fiber.ended()) return;
  stacks_.push_back(tasks_[chosen]->fiber.take_stack());
  tasks_.erase(tasks_.begin() + static_cast<std::ptrdiff_t>(chosen));
}

void Scheduler::stop_running() {
  running_->fiber.suspend();
}

void Scheduler::pause() {
  if (in_task() && random_.next_u64() % one_in_ == 0) stop_running();
}

void Scheduler::wait(const void* condition) {
  if (!in_task()) return run_one();
  running_->waits_for = condition;
  stop_running();
}

void Scheduler::notify(const void* condition) {
  for (const auto& task : tasks_) {
    if (task->waits_for == condition) task->waits_for = nullptr;
  }
}

void Scheduler::sleep(std::chrono::nanoseconds duration) {
  if (!in_task()) return clock_.advance(duration);
  running_->sleeps = true;
  running_->until = clock_.now() + duration;
  stop_running();
}

}  // namespace mere::simulation

// The C library's waits, which those of C++ are made of. Defined in the program they go before the
// library's own, and hand on to it where nothing is simulated.
namespace {

template <class F>
F next_definition(F, const char* name) {
  return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}

using mere::simulation::Scheduler;

}  // namespace

extern "C" {

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  static const auto real = next_definition(&pthread_cond_wait, "pthread_cond_wait");
  Scheduler* const scheduler = Scheduler::current();
  if (scheduler == nullptr) return real(condition, mutex);
  ::pthread_mutex_unlock(mutex);
  scheduler->wait(condition);
  return ::pthread_mutex_lock(mutex);
}

int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  static const auto real = next_definition(&pthread_cond_signal, "pthread_cond_signal");
  Scheduler* const scheduler = Scheduler::current();
  if (scheduler == nullptr) return real(condition);
  scheduler->notify(condition);  // all who wait: they look for themselves whether it was for them
  return 0;
}

int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
  static const auto real = next_definition(&pthread_cond_broadcast, "pthread_cond_broadcast");
  Scheduler* const scheduler = Scheduler::current();
  if (scheduler == nullptr) return real(condition);
  scheduler->notify(condition);
  return 0;
}

int nanosleep(const timespec* duration, timespec* left) {
  static const auto real = next_definition(&nanosleep, "nanosleep");
  Scheduler* const scheduler = Scheduler::current();
  if (scheduler == nullptr) return real(duration, left);
  scheduler->sleep(std::chrono::seconds(duration->tv_sec) + std::chrono::nanoseconds(duration->tv_nsec));
  return 0;
}

}  // extern "C"
