// Calls under way that somebody will wait for: see _native.pyi.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>

#include "call.h"

namespace mere::python {

// A call under way on the core's thread.
class PendingCall {
 public:
  struct State;
  explicit PendingCall(std::shared_ptr<State> state) : state_(std::move(state)) {}
  // Begins the call there.
  static std::unique_ptr<PendingCall> begin(std::shared_ptr<Call> call);

  nb::object result();
  nb::object response();
  void cancel();

 private:
  void wait();

  std::shared_ptr<State> state_;
};

void define_pending(nb::module_& module);

}  // namespace mere::python
