#include "shape.h"

#include <fmt/format.h>
#include <structmember.h>

#include "errors.h"

namespace mere::python {
namespace {

constexpr std::size_t kLongestRepeated = 64;
constexpr int kPatience = 1000;  // with a column that does not repeat

// Where the slot `name` lies in instances of `model`, or of the base that has it.
Py_ssize_t slot_offset(nb::handle model, const std::string& name) {
  const nb::object descriptor = nb::getattr(model, name.c_str(), nb::none());
  if (!PyObject_TypeCheck(descriptor.ptr(), &PyMemberDescr_Type)) {
    raise(PyExc_TypeError, fmt::format("{} has no slot '{}'", nb::str(model).c_str(), name));
  }
  const PyMemberDef* member = reinterpret_cast<PyMemberDescrObject*>(descriptor.ptr())->d_member;
  if (member->type != T_OBJECT_EX) raise(PyExc_TypeError, fmt::format("slot '{}' holds no object", name));
  return member->offset;
}

PyObject*& slot(PyObject* instance, Py_ssize_t offset) {
  return *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(instance) + offset);
}

}  // namespace

Shape::Shape(nb::type_object model)
    : model_(std::move(model)), name_(nb::cast<std::string>(model_.attr("__name__"))) {}

void Shape::define(nb::sequence fields) {
  if (defined_) raise(PyExc_ValueError, fmt::format("{} has its fields already", name_));
  for (const nb::handle entry : fields) {
    const auto field = nb::cast<nb::tuple>(entry);
    if (field.size() != 4) raise(PyExc_ValueError, "a field is (name, slot, kind, required)");
    const auto json_name = nb::cast<std::string>(field[0]);
    fields_.push_back({json_name, name_ + "." + json_name,
                       slot_offset(model_, nb::cast<std::string>(field[1])), kind_of(field[2]),
                       nb::cast<bool>(field[3])});
  }
  defined_ = true;
}

PyObject* Shape::decode_field(Field& field, const simdjson::dom::element& json) {
  if (field.misses > kPatience) return python::decode(field.kind, json, field.where.c_str());
  std::string_view text;
  std::int64_t number = 0;
  const bool is_text =
      field.kind.type == Kind::Type::string && json.get_string().get(text) == simdjson::SUCCESS;
  if (is_text ? text.size() > kLongestRepeated
              : field.kind.type != Kind::Type::integer || json.get_int64().get(number) != simdjson::SUCCESS) {
    return python::decode(field.kind, json, field.where.c_str());
  }
  if (field.last_value.is_valid() && (is_text ? field.last_text == text : field.last_number == number)) {
    field.misses = 0;
    return Py_NewRef(field.last_value.ptr());
  }
  ++field.misses;
  PyObject* value = is_text ? text_of(text) : PyLong_FromLongLong(number);
  if (value == nullptr) nb::raise_python_error();
  field.last_text = text;
  field.last_number = number;
  field.last_value = nb::borrow(value);
  return value;
}

Shape::Field* Shape::field_named(std::string_view name, std::size_t expected) {
  if (expected < fields_.size() && fields_[expected].name == name) return &fields_[expected];
  for (Field& field : fields_) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

PyObject* Shape::decode(const simdjson::dom::element& json) {
  simdjson::dom::object members;
  if (json.get_object().get(members) != simdjson::SUCCESS) {
    raise_decode(fmt::format("{}: expected an object", name_));
  }
  auto* type = reinterpret_cast<PyTypeObject*>(model_.ptr());
  nb::object instance = nb::steal(type->tp_alloc(type, 0));
  if (!instance.is_valid()) nb::raise_python_error();

  std::size_t expected = 0;  // answers mostly come in the order of the description
  for (const auto member : members) {
    Field* field = field_named(member.key, expected);
    if (field == nullptr) continue;
    expected = static_cast<std::size_t>(field - fields_.data()) + 1;
    PyObject* value = member.value.is_null() ? Py_NewRef(Py_None) : decode_field(*field, member.value);
    Py_XSETREF(slot(instance.ptr(), field->offset), value);
  }
  bool may_be_in_cycle = false;
  for (const Field& field : fields_) {
    PyObject*& value = slot(instance.ptr(), field.offset);
    if (value == nullptr) {
      if (field.required) raise_decode(fmt::format("{} is missing", field.where));
      value = Py_NewRef(Py_None);
    }
    may_be_in_cycle = may_be_in_cycle || PyObject_IS_GC(value);
  }
  // Collections are a fifth of the time of a long listing if they look at each of its items.
  if (!may_be_in_cycle) PyObject_GC_UnTrack(instance.ptr());
  return instance.release().ptr();
}

void track(nb::handle instance) {
  if (PyObject_IS_GC(instance.ptr()) && PyObject_GC_IsTracked(instance.ptr()) == 0) {
    PyObject_GC_Track(instance.ptr());
  }
}

void Shape::encode(PyObject* value, JsonWriter& json, const char* where) {
  if (PyObject_IsInstance(value, model_.ptr()) != 1) {
    raise(PyExc_TypeError, fmt::format("{} must be {}, not {}", where, name_, Py_TYPE(value)->tp_name));
  }
  json.begin_object();
  for (const Field& field : fields_) {
    PyObject* member = slot(value, field.offset);
    if (member == nullptr || member == Py_None) {
      if (field.required) raise(PyExc_TypeError, fmt::format("{} is missing", field.where));
      continue;
    }
    json.key(field.name);
    python::encode(field.kind, member, json, field.where.c_str());
  }
  json.end_object();
}

const Kind* Shape::kind_of_field(std::string_view name) const {
  for (const Field& field : fields_) {
    if (field.name == name) return &field.kind;
  }
  return nullptr;
}

nb::object Shape::loads(nb::handle text) {
  std::string copy;
  if (PyUnicode_Check(text.ptr())) {
    copy = utf8_of(text.ptr());
  } else {
    Py_buffer view;
    if (PyObject_GetBuffer(text.ptr(), &view, PyBUF_SIMPLE) != 0) nb::raise_python_error();
    copy.assign(static_cast<const char*>(view.buf), static_cast<std::size_t>(view.len));
    PyBuffer_Release(&view);
  }
  std::string problem;
  const auto document = Document::parse(std::move(copy), problem);
  if (!document) raise_decode(fmt::format("{}: no JSON: {}", name_, problem));
  return nb::steal(decode(document->root()));
}

nb::bytes Shape::dumps(nb::handle value) {
  std::string text;
  JsonWriter json(text);
  encode(value.ptr(), json, name_.c_str());
  return nb::bytes(text.data(), text.size());
}

}  // namespace mere::python
