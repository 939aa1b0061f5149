// Completions on asyncio loops: from any thread, in order, many with one wake-up of the loop.
#pragma once

#include <nanobind/nanobind.h>

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <utility>

#include "base/result.h"

namespace mere::python {

namespace nb = nanobind;

// How often a waiting call looks for Ctrl-C.
inline constexpr std::chrono::milliseconds kSignalInterval{100};

class LoopBridge;

// The other end of one asyncio future. Completed once, on any thread, without the lock; what is never
// completed leaves its future pending.
class Promise {
 public:
  // A future of the running loop. Needs the lock; raises RuntimeError where no loop runs.
  static std::pair<nb::object, std::shared_ptr<Promise>> make();
  // The same; `stop` is asked to stop when the future is cancelled.
  static std::pair<nb::object, std::shared_ptr<Promise>> make(std::stop_source stop);
  Promise(std::shared_ptr<LoopBridge> bridge, PyObject* future);
  ~Promise();
  Promise(const Promise&) = delete;

  // `value` runs on the loop's thread with the lock; what it throws becomes the future's exception. It is
  // not run if the future was cancelled, but always destroyed with the lock.
  void complete(std::function<nb::object()> value);
  void succeed();  // None
  void fail(Error error);

 private:
  std::shared_ptr<LoopBridge> bridge_;
  PyObject* future_;  // owned until completed
};

// For the module: makes what must exist before the first call.
void define_futures(nb::module_& module);

}  // namespace mere::python
