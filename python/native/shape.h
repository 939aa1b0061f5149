// The fields of a model class, read and written in its slots without calling Python code.
#pragma once

#include <nanobind/nanobind.h>
#include <string>
#include <vector>

#include "kinds.h"

namespace mere::python {

// The lock guards it.
class Shape {
 public:
  explicit Shape(nb::type_object model);
  // Once. Raises TypeError if the model has no such slot.
  void define(nb::sequence fields);

  // New reference. Raises DecodeError. An instance whose fields hold texts, numbers and the like alone is no
  // part of a cycle, and the garbage collector does not know of it: see track().
  PyObject* decode(const simdjson::dom::element& json);
  // `value` must be an instance of the model. Raises TypeError.
  void encode(PyObject* value, JsonWriter& json, const char* where);

  // Of the field of that name in JSON; null: it has none.
  const Kind* kind_of_field(std::string_view name) const;

  nb::object loads(nb::handle text);
  nb::bytes dumps(nb::handle value);

 private:
  struct Field {
    std::string name;   // in JSON
    std::string where;  // "ObjectStats.path", for errors
    Py_ssize_t offset;  // of the slot in an instance
    Kind kind;
    bool required;
    // What was decoded last: columns of a listing repeat ("object", content types, times). One that has not
    // repeated for a while is not kept any more.
    std::string last_text{};
    std::int64_t last_number = 0;
    nb::object last_value{};
    int misses = 0;
  };
  PyObject* decode_field(Field& field, const simdjson::dom::element& json);
  Field* field_named(std::string_view name, std::size_t expected);

  nb::type_object model_;
  std::string name_;
  std::vector<Field> fields_;
  bool defined_ = false;
};

// For an instance that was decoded and is now given a field that may be part of a cycle: has the garbage
// collector look at it.
void track(nb::handle instance);

}  // namespace mere::python
