#include "errors.h"

#include <cerrno>

namespace mere::python {

Exceptions exceptions;

namespace {

PyObject* define(nb::module_& module, const char* name, const char* doc, nb::handle bases) {
  const std::string qualified = std::string("mere_sdk._native.") + name;
  PyObject* made = PyErr_NewExceptionWithDoc(qualified.c_str(), doc, bases.ptr(), nullptr);
  if (made == nullptr) nb::raise_python_error();
  module.attr(name) = nb::handle(made);
  return made;
}

PyObject* class_of(const Error& error) {
  switch (error.code) {
    case Code::invalid_argument:
      return PyExc_ValueError;
    case Code::not_found:
      return PyExc_FileNotFoundError;
    case Code::permission_denied:
      return PyExc_PermissionError;
    case Code::io_error:
    case Code::no_space:
    case Code::corrupt:
      return PyExc_OSError;
    case Code::deadline_exceeded:
      return exceptions.timeout;
    default:
      return exceptions.transport;
  }
}

}  // namespace

void define_exceptions(nb::module_& module) {
  exceptions.argument =
      define(module, "ArgumentError", "An argument is missing or of the wrong type.", PyExc_ValueError);
  exceptions.decode =
      define(module, "DecodeError", "An answer is not what the operation promises.", PyExc_ValueError);
  exceptions.transport =
      define(module, "TransportError", "The lake could not be reached, or the connection broke.",
             PyExc_ConnectionError);
  exceptions.timeout =
      define(module, "TransportTimeout", "No answer in time.",
             nb::make_tuple(nb::handle(exceptions.transport), nb::handle(PyExc_TimeoutError)));
  exceptions.lake_in_use = define(module, "LakeInUseError",
                                  "Another process has the lake open and does not serve it.", PyExc_OSError);
}

nb::object message_text(std::string_view bytes) {
  return nb::steal(PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), "replace"));
}

void raise(PyObject* type, const std::string& message) {
  PyErr_SetObject(type, message_text(message).ptr());
  nb::raise_python_error();
}

void raise_argument(const std::string& message) {
  raise(exceptions.argument, message);
}
void raise_decode(const std::string& message) {
  raise(exceptions.decode, message);
}
void raise_error(const Error& error) {
  raise(class_of(error), error.message);
}

void raise_error_of(const std::string& file, const Error& error) {
  const nb::handle type = class_of(error);
  const int number = error.code == Code::not_found           ? ENOENT
                     : error.code == Code::permission_denied ? EACCES
                     : error.code == Code::no_space          ? ENOSPC
                     : error.code == Code::io_error          ? EIO
                                                             : 0;
  if (number == 0) raise_error(error);
  const nb::object name =
      nb::steal(PyUnicode_DecodeFSDefaultAndSize(file.data(), static_cast<Py_ssize_t>(file.size())));
  PyErr_SetObject(type.ptr(), nb::make_tuple(number, message_text(error.message), name).ptr());
  nb::raise_python_error();
}

nb::object exception_of(const Error& error) {
  return nb::handle(class_of(error))(nb::str(error.message.data(), error.message.size()));
}

}  // namespace mere::python
