#include "operation.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "errors.h"

namespace mere::python {

Operation::Operation(std::string name, std::string method, std::string path, nb::sequence parameters,
                     nb::object body, std::optional<std::string> body_type, nb::dict responses,
                     bool repeatable)
    : name_(std::move(name)),
      method_(std::move(method)),
      body_type_(body_type.value_or("application/json")),
      repeatable_(repeatable) {
  for (const nb::handle entry : parameters) {
    const auto parameter = nb::cast<nb::tuple>(entry);
    if (parameter.size() != 4) raise(PyExc_ValueError, "a parameter is (name, where, kind, required)");
    const auto where = nb::cast<std::string>(parameter[1]);
    if (where != "path" && where != "query" && where != "header") {
      raise(PyExc_ValueError, fmt::format("a parameter cannot be in '{}'", where));
    }
    parameters_.push_back({nb::cast<std::string>(parameter[0]),
                           where == "path"    ? Where::path
                           : where == "query" ? Where::query
                                              : Where::header,
                           kind_of(parameter[2]), nb::cast<bool>(parameter[3])});
  }
  for (std::size_t at = 0;;) {
    const std::size_t open = path.find('{', at);
    if (open == std::string::npos) {
      path_.emplace_back(path.substr(at), std::nullopt);
      break;
    }
    const std::size_t close = path.find('}', open);
    const std::string named = path.substr(open + 1, close - open - 1);
    std::optional<std::size_t> index;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      if (parameters_[i].where == Where::path && parameters_[i].name == named) index = i;
    }
    if (close == std::string::npos || !index) {
      raise(PyExc_ValueError, fmt::format("{}: '{}' is no path parameter", name_, named));
    }
    path_.emplace_back(path.substr(at, open - at), index);
    at = close + 1;
  }
  if (!body.is_none()) body_ = kind_of(body);
  for (const auto& [status, kind] : responses) {
    auto& response = responses_[nb::cast<int>(status)];
    if (!kind.is_none()) response = kind_of(kind);
  }
}

void Operation::refuse(const Parameter& parameter, const char* expected, PyObject* value) const {
  raise_argument(
      fmt::format("{}: {} must be {}, not {}", name_, parameter.name, expected, Py_TYPE(value)->tp_name));
}

std::string Operation::text_argument(const Parameter& parameter, const Kind& kind, PyObject* value) const {
  switch (kind.type) {
    case Kind::Type::string:
      if (!PyUnicode_Check(value)) refuse(parameter, "str", value);
      return std::string(utf8_of(value));
    case Kind::Type::boolean:
      if (!PyBool_Check(value)) refuse(parameter, "bool", value);
      return value == Py_True ? "true" : "false";
    case Kind::Type::integer:
      if (!PyLong_Check(value) || PyBool_Check(value)) refuse(parameter, "int", value);
      return nb::cast<std::string>(nb::str(nb::handle(value)));
    case Kind::Type::number:
      if (!PyFloat_Check(value) && !(PyLong_Check(value) && !PyBool_Check(value)))
        refuse(parameter, "float", value);
      return nb::cast<std::string>(nb::str(nb::handle(value)));
    case Kind::Type::time: {
      if (PyUnicode_Check(value)) return std::string(utf8_of(value));
      if (!PyObject_HasAttrString(value, "isoformat")) refuse(parameter, "datetime", value);
      std::string text = nb::cast<std::string>(nb::handle(value).attr("isoformat")());
      // A time without a zone is local to nobody: RFC 3339 wants one.
      const auto has_zone = text.find_first_of("+Z", text.find('T'));
      if (text.find('T') != std::string::npos && has_zone == std::string::npos &&
          text.rfind('-') < text.find('T')) {
        text += 'Z';
      }
      return text;
    }
    default:
      refuse(parameter, "a plain value", value);
  }
}

Operation::Target Operation::target(nb::tuple arguments) const {
  if (arguments.size() != parameters_.size()) {
    raise_argument(
        fmt::format("{}: {} arguments where it takes {}", name_, arguments.size(), parameters_.size()));
  }
  Target target;
  for (const auto& [literal, index] : path_) {
    target.path += literal;
    if (!index) continue;
    const Parameter& parameter = parameters_[*index];
    PyObject* value = PyTuple_GET_ITEM(arguments.ptr(), static_cast<Py_ssize_t>(*index));
    if (value == Py_None) raise_argument(fmt::format("{}: {} is missing", name_, parameter.name));
    target.path += percent_encode(text_argument(parameter, parameter.kind, value));
  }
  const auto add = [&](const Parameter& parameter, const std::string& text) {
    if (parameter.where == Where::header) {
      if (text.find_first_of("\r\n") != std::string::npos || text.find('\0') != std::string::npos) {
        raise_argument(fmt::format("{}: {} cannot hold a line break", name_, parameter.name));
      }
      return target.headers.add(parameter.name, text);
    }
    if (!target.query.empty()) target.query += '&';
    target.query += percent_encode(parameter.name) + '=' + percent_encode(text);
  };
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& parameter = parameters_[i];
    if (parameter.where == Where::path) continue;
    PyObject* value = PyTuple_GET_ITEM(arguments.ptr(), static_cast<Py_ssize_t>(i));
    if (value == Py_None) {
      if (parameter.required) raise_argument(fmt::format("{}: {} is missing", name_, parameter.name));
      continue;
    }
    if (parameter.kind.type != Kind::Type::list) {
      add(parameter, text_argument(parameter, parameter.kind, value));
      continue;
    }
    const nb::object items = nb::steal(PySequence_Fast(value, ""));
    if (!items.is_valid() || PyUnicode_Check(value)) {
      PyErr_Clear();
      refuse(parameter, "a sequence of str", value);
    }
    for (Py_ssize_t item = 0; item < PySequence_Fast_GET_SIZE(items.ptr()); ++item) {
      add(parameter,
          text_argument(parameter, *parameter.kind.item, PySequence_Fast_GET_ITEM(items.ptr(), item)));
    }
  }
  return target;
}

std::optional<std::size_t> Operation::index_of(std::string_view parameter) const {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (parameters_[i].name == parameter) return i;
  }
  return std::nullopt;
}

nb::tuple Operation::parameters() const {
  nb::list names;
  for (const Parameter& parameter : parameters_) names.append(nb::str(parameter.name.c_str()));
  return nb::tuple(names);
}

const Kind* Operation::response(int status) const {
  const auto found = responses_.find(status);
  return found != responses_.end() && found->second ? &*found->second : nullptr;
}

}  // namespace mere::python
