// mere_sdk._native: see python/mere_sdk/_native.pyi.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "base/log.h"
#include "call.h"
#include "errors.h"
#include "futures.h"
#include "interpreter_lock.h"
#include "lakes.h"
#include "operation.h"
#include "pages.h"
#include "pending.h"
#include "session.h"
#include "shape.h"
#include "stream.h"

namespace mere::python {
namespace {

// A lake that is open in-process says on stderr only what is wrong.
void quiet_logs() {
  log::Options options;
  options.level = log::Level::error;
  options.outputs = {"="};
  const Status configured = log::configure(options);
  if (!configured) raise_error(configured.error());
}

// A call that waits for its answer looks for the end ten times a second; what takes longer is left behind.
constexpr std::chrono::milliseconds kLongestEnding{2000};

void watch_forks(nb::module_& module) {
  const nb::object after = nb::cpp_function(&after_fork_in_child);
  module.attr("_after_fork") = after;
  nb::module_::import_("os").attr("register_at_fork")(nb::arg("after_in_child") = after);
}

// Other threads' calls end before the interpreter does: what they ask of it afterwards would end them.
void watch_the_end() {
  nb::module_::import_("atexit").attr("register")(nb::cpp_function([] {
    begin_ending();
    const nb::gil_scoped_release unlocked;
    wait_for_other_calls(kLongestEnding);
    park_loop_thread();
  }));
}

}  // namespace

NB_MODULE(_native, module) {
  using namespace nb::literals;
  quiet_logs();
  nb::set_leak_warnings(false);  // sessions may live as long as the interpreter
  define_exceptions(module);
  define_interruptions();
  define_futures(module);
  nb::class_<Shape>(module, "Shape")
      .def(nb::init<nb::type_object>(), "model"_a)
      .def("define", &Shape::define, "fields"_a)
      .def("loads", &Shape::loads, "text"_a)
      .def("dumps", &Shape::dumps, "value"_a);
  module.def("track", &track, "instance"_a);
  nb::class_<Operation>(module, "Operation")
      .def(nb::init<std::string, std::string, std::string, nb::sequence, nb::object,
                    std::optional<std::string>, nb::dict, bool>(),
           "name"_a, "method"_a, "path"_a, "parameters"_a, "body"_a.none(), "body_type"_a.none(),
           "responses"_a, "repeatable"_a)
      .def_prop_ro("name", &Operation::name)
      .def_prop_ro("parameters", &Operation::parameters);
  define_calls(module);
  define_streams(module);
  define_pending(module);
  define_pages(module);
  define_session(module);
  watch_forks(module);
  watch_the_end();
}

}  // namespace mere::python
