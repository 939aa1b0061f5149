#include "interruption.h"

#include "errors.h"
#include "futures.h"
#include "interpreter_lock.h"
#include "lakes.h"

namespace mere::python {
namespace {

PyObject* nothing = nullptr;  // a function that does nothing

void check_not_ended_elsewhere() {
  if (is_ended_elsewhere()) raise(PyExc_SystemExit, "the interpreter is ending");
}

}  // namespace

// PyErr_CheckSignals, from Python 3.12 on, lets the garbage collector run before it looks for signals. What
// it runs then, finalizers and gc.callbacks, looks for signals too, and what a handler raises there is told
// nobody. Calling any function looks for signals before the collector has its turn.
void check_signals() {
  sleeping_at_the_end([] {
    PyObject* called = PyObject_CallNoArgs(nothing);
    Py_XDECREF(called);
    if (called == nullptr || PyErr_CheckSignals() != 0) nb::raise_python_error();
  });
}

void check_not_ending() {
  check_not_ended_elsewhere();
  if (parked()) raise(PyExc_RuntimeError, "the interpreter is ending");
}

bool ends_all(const nb::python_error& thrown) {
  return !thrown.matches(PyExc_Exception);
}

Interruption::Interruption(std::stop_source stop) : stop_(std::move(stop)) {
  check_not_ended_elsewhere();
}

void Interruption::check() {
  if (thrown_) return;
  const Locked lock;
  try {
    check_not_ended_elsewhere();
    check_signals();
  } catch (const nb::python_error&) {
    thrown_ = std::current_exception();
    stop_.request_stop();
  }
}

Waiting Interruption::waiting() {
  return {kSignalInterval, [this] { check(); }};
}

void Interruption::rethrow() {
  if (thrown_) std::rethrow_exception(thrown_);
}

void define_interruptions() {
  const nb::dict names;
  nothing = PyRun_String("lambda: None", Py_eval_input, names.ptr(), names.ptr());
  if (nothing == nullptr) nb::raise_python_error();
}

}  // namespace mere::python
