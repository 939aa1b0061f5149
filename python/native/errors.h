// The exceptions of the core, and how errors become them.
#pragma once

#include <nanobind/nanobind.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace mere::python {

namespace nb = nanobind;

// Made once, by the module; never freed.
struct Exceptions {
  PyObject* argument = nullptr;
  PyObject* decode = nullptr;
  PyObject* transport = nullptr;
  PyObject* timeout = nullptr;
  PyObject* lake_in_use = nullptr;
};
extern Exceptions exceptions;

void define_exceptions(nb::module_& module);

// UTF-8 as a str; what is none is replaced.
nb::object message_text(std::string_view bytes);

// Raise; the interpreter's lock is held.
[[noreturn]] void raise(PyObject* type, const std::string& message);
[[noreturn]] void raise_argument(const std::string& message);
[[noreturn]] void raise_decode(const std::string& message);
// What a call that brought no answer raises.
[[noreturn]] void raise_error(const Error& error);
// The same about a file or folder: an OSError names it.
[[noreturn]] void raise_error_of(const std::string& file, const Error& error);
// The exception as a value: new reference.
nb::object exception_of(const Error& error);

}  // namespace mere::python
