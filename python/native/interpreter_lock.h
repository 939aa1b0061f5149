// The interpreter's lock, given back and taken by threads that may still be at work when the interpreter
// ends.
//
// Until Python 3.13 a thread that asks for the lock then is ended by pthread_exit(), which unwinds its stack:
// through destructors, which let nothing through, and the process aborts. Here such a thread sleeps until the
// process is gone, as from 3.14 on (Python/C API, PyEval_RestoreThread). That it seldom comes to this is the
// purpose of the rest: calls of other threads are waited for, and those that come later are refused.
#pragma once

#include <Python.h>
#include <cxxabi.h>
#include <unistd.h>

#include <chrono>
#include <utility>

namespace mere::python {

// Calls `function`, in which Python may end this thread.
template <class Function>
auto sleeping_at_the_end(Function&& function) {
  try {
    return std::forward<Function>(function)();
  } catch (const abi::__forced_unwind&) {
    for (;;) ::pause();  // it must not be left
  }
}

// Gives the lock back for as long as it lives.
class Unlocked {
 public:
  Unlocked();
  ~Unlocked();
  Unlocked(const Unlocked&) = delete;

 private:
  PyThreadState* const state_;
};

// Takes the lock, on any thread; harmless where it is held.
class Locked {
 public:
  Locked() : state_(sleeping_at_the_end([] { return PyGILState_Ensure(); })) {}
  ~Locked() { PyGILState_Release(state_); }
  Locked(const Locked&) = delete;

 private:
  const PyGILState_STATE state_;
};

// With the lock, by the thread that ends the interpreter.
void begin_ending();
// Whether that was another thread than this one.
bool is_ended_elsewhere();
// Without the lock: until what other threads do without it is done, or the time is up.
void wait_for_other_calls(std::chrono::milliseconds longest);

// Only the thread that forked is left.
void forget_other_calls();

}  // namespace mere::python
