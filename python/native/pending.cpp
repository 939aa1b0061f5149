#include "pending.h"

#include "errors.h"
#include "futures.h"

namespace mere::python {

struct PendingCall::State {
  std::shared_ptr<Call> call;
  std::mutex mutex;
  std::condition_variable finished;
  std::optional<Outcome> outcome;
};

std::unique_ptr<PendingCall> PendingCall::begin(std::shared_ptr<Call> call) {
  auto state = std::make_shared<State>();
  state->call = std::move(call);
  client::LoopThread& loop = loop_thread();
  loop.post([state, &loop] {
    mere::start<Outcome>(run(*state->call, Want::response, loop), [state](std::exception_ptr thrown,
                                                                          std::optional<Outcome> outcome) {
      std::lock_guard lock(state->mutex);
      state->outcome = thrown ? Outcome{Error{Code::internal, "the call failed"}} : std::move(*outcome);
      state->finished.notify_all();
    });
  });
  return std::make_unique<PendingCall>(std::move(state));
}

void PendingCall::wait() {
  check_not_ending();
  Interruption interruption(state_->call->stop);
  for (bool waiting = true; waiting;) {
    {
      const Unlocked unlocked;
      std::unique_lock lock(state_->mutex);
      waiting =
          !state_->finished.wait_for(lock, kSignalInterval, [this] { return state_->outcome.has_value(); });
    }
    if (waiting) interruption.check();
  }
  interruption.rethrow();
}

nb::object PendingCall::result() {
  wait();
  return value_of(*state_->outcome, *state_->call);
}

nb::object PendingCall::response() {
  wait();
  return response_of(*state_->outcome, *state_->call);
}

void PendingCall::cancel() {
  const Unlocked unlocked;
  state_->call->stop.request_stop();
}

void define_pending(nb::module_& module) {
  nb::class_<PendingCall>(module, "PendingCall")
      .def("result", &PendingCall::result)
      .def("response", &PendingCall::response)
      .def("cancel", &PendingCall::cancel);
}

}  // namespace mere::python
