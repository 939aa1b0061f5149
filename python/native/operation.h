// One operation of the API: how its arguments become a request, and what its answers hold.
#pragma once

#include <nanobind/nanobind.h>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "http/message.h"
#include "kinds.h"

namespace mere::python {

// Immutable. Its methods need the interpreter's lock.
class Operation {
 public:
  Operation(std::string name, std::string method, std::string path, nb::sequence parameters, nb::object body,
            std::optional<std::string> body_type, nb::dict responses, bool repeatable);

  struct Target {
    std::string path;   // percent-encoded, below the base path
    std::string query;  // without '?'
    http::Headers headers;
  };
  // `arguments` in the order of the parameters. Raises ArgumentError that names the one at fault.
  Target target(nb::tuple arguments) const;
  // Where among them a parameter is; nullopt: it has none of that name.
  std::optional<std::size_t> index_of(std::string_view parameter) const;

  const std::string& name() const { return name_; }
  nb::tuple parameters() const;  // their names, in the order of the arguments
  const std::string& method() const { return method_; }
  bool repeatable() const { return repeatable_; }
  // nullopt: it takes none.
  const std::optional<Kind>& body() const { return body_; }
  const std::string& body_type() const { return body_type_; }
  // The kind of an answer's body; null: none to be decoded.
  const Kind* response(int status) const;

 private:
  enum class Where { path, query, header };
  struct Parameter {
    std::string name;
    Where where;
    Kind kind;
    bool required;
  };
  std::string text_argument(const Parameter& parameter, const Kind& kind, PyObject* value) const;
  [[noreturn]] void refuse(const Parameter& parameter, const char* expected, PyObject* value) const;

  std::string name_, method_;
  // The path in pieces: a literal, then the argument after it, in turn; the last has none.
  std::vector<std::pair<std::string, std::optional<std::size_t>>> path_;
  std::vector<Parameter> parameters_;
  std::optional<Kind> body_;
  std::string body_type_;
  std::map<int, std::optional<Kind>> responses_;
  bool repeatable_;
};

}  // namespace mere::python
