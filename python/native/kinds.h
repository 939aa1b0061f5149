// Kinds: how a JSON value becomes a Python value and back. Every function needs the interpreter's lock.
#pragma once

#include <nanobind/nanobind.h>
#include <simdjson.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/json_writer.h"

namespace mere::python {

namespace nb = nanobind;
class Shape;

struct Kind {
  enum class Type { string, integer, number, boolean, any, time, list, map, shape, bytes, member, by };
  Type type = Type::any;
  std::shared_ptr<const Kind> item;  // of list, map and member
  std::string name;                  // of member and by: that of the member
  std::shared_ptr<const std::map<std::string, Kind, std::less<>>> choices;  // of by
  Shape* shape = nullptr;                                                   // owned by `owner`
  nb::object owner;
};

// "string", ("list", "integer"), a Shape …; raises ValueError. Two kinds only read answers: ("member", name,
// kind) is an object of which one member is wanted, ("by", name, {text: kind}) one whose member says what it
// is.
Kind kind_of(nb::handle description);

// New reference. `where` names the value in errors: "ObjectStats.size_bytes". Raises DecodeError.
PyObject* decode(const Kind& kind, const simdjson::dom::element& json, const char* where);
// Raises TypeError.
void encode(const Kind& kind, PyObject* value, JsonWriter& json, const char* where);

// The first `count` items of an array as a list: new reference. Raises DecodeError.
PyObject* decode_first(std::size_t count, const Kind& kind, const simdjson::dom::array& json,
                       const char* where);

// A Python str of UTF-8 text; new reference.
PyObject* text_of(std::string_view utf8);
// The UTF-8 text of a str; it lives as long as `text`. Raises on a lone surrogate.
std::string_view utf8_of(PyObject* text);

// A parsed JSON text. Made and read on any thread, one at a time; making it does not need the lock.
class Document {
 public:
  // nullopt: `text` is no JSON; `problem` says why.
  static std::optional<Document> parse(std::string text, std::string& problem);
  Document(Document&&) = default;
  Document& operator=(Document&&) = default;
  ~Document();
  const simdjson::dom::element& root() const { return root_; }

 private:
  Document() = default;
  std::unique_ptr<simdjson::dom::parser> parser_;  // owns what root_ shows
  simdjson::dom::element root_;
};

}  // namespace mere::python
