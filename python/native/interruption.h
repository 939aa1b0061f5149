// Ctrl-C, and whatever else a signal's handler raises, while Python waits for the core.
#pragma once

#include <nanobind/nanobind.h>

#include <exception>
#include <stop_token>

#include "base/executor.h"

namespace mere::python {

namespace nb = nanobind;

// Runs the handlers of the signals that have come, on the main thread; elsewhere does nothing. Raises what
// they raise. Needs the lock.
void check_signals();

// Before waiting for the core's thread. Raises where the interpreter is ending: on the thread that ends it
// RuntimeError, if the core's thread is at rest; on others SystemExit, which ends a thread and is not
// reported (threading.excepthook). Needs the lock.
void check_not_ending();

// Whether an exception is no Exception, so that nobody may take it for the failure of one call: Ctrl-C,
// SystemExit. Needs the lock.
bool ends_all(const nb::python_error& thrown);

// Ctrl-C and the interpreter's end while a call runs: asks it to stop, and keeps the exception until it has.
class Interruption {
 public:
  // With the lock. Raises SystemExit if another thread is ending the interpreter.
  explicit Interruption(std::stop_source stop);
  void check();    // takes the lock
  void rethrow();  // with the lock: raises what check() found
  // For the executor of the thread that waits; this outlives it.
  Waiting waiting();

 private:
  std::stop_source stop_;
  std::exception_ptr thrown_;
};

void define_interruptions();

}  // namespace mere::python
