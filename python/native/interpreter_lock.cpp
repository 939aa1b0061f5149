#include "interpreter_lock.h"

#include <atomic>
#include <thread>

namespace mere::python {
namespace {

std::atomic<int> unlocked_threads = 0;
std::atomic<std::thread::id> ending_thread{};

}  // namespace

// Counted while the lock is held: who ends the interpreter has it, and so misses nobody.
Unlocked::Unlocked() : state_((unlocked_threads.fetch_add(1), PyEval_SaveThread())) {}

Unlocked::~Unlocked() {
  sleeping_at_the_end([this] { PyEval_RestoreThread(state_); });
  unlocked_threads.fetch_sub(1);
}

void begin_ending() {
  ending_thread = std::this_thread::get_id();
}

bool is_ended_elsewhere() {
  const std::thread::id ending = ending_thread;
  return ending != std::thread::id() && ending != std::this_thread::get_id();
}

void wait_for_other_calls(std::chrono::milliseconds longest) {
  const auto end = std::chrono::steady_clock::now() + longest;
  while (unlocked_threads > 0 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void forget_other_calls() {
  unlocked_threads = 0;
  ending_thread = std::thread::id();
}

}  // namespace mere::python
