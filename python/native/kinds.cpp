#include "kinds.h"

#include <fmt/format.h>

#include "errors.h"
#include "shape.h"

namespace mere::python {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

[[noreturn]] void wrong(const char* where, const char* expected) {
  raise_decode(fmt::format("{}: expected {}", where, expected));
}

PyObject* decode_any(const element& json, const char* where) {
  switch (json.type()) {
    case element_type::ARRAY: {
      nb::object list = nb::steal(PyList_New(0));
      for (const element item : json.get_array().value_unsafe()) {
        const nb::object value = nb::steal(decode_any(item, where));
        if (PyList_Append(list.ptr(), value.ptr()) != 0) nb::raise_python_error();
      }
      return list.release().ptr();
    }
    case element_type::OBJECT: {
      nb::object map = nb::steal(PyDict_New());
      for (const auto field : json.get_object().value_unsafe()) {
        const nb::object key = nb::steal(text_of(field.key));
        const nb::object value = nb::steal(decode_any(field.value, where));
        if (PyDict_SetItem(map.ptr(), key.ptr(), value.ptr()) != 0) nb::raise_python_error();
      }
      return map.release().ptr();
    }
    case element_type::INT64:
      return PyLong_FromLongLong(json.get_int64().value_unsafe());
    case element_type::UINT64:
      return PyLong_FromUnsignedLongLong(json.get_uint64().value_unsafe());
    case element_type::DOUBLE:
      return PyFloat_FromDouble(json.get_double().value_unsafe());
    case element_type::STRING:
      return text_of(json.get_string().value_unsafe());
    case element_type::BOOL:
      return Py_NewRef(json.get_bool().value_unsafe() ? Py_True : Py_False);
    case element_type::NULL_VALUE:
      return Py_NewRef(Py_None);
  }
  wrong(where, "JSON");
}

// RFC 3339; datetime.fromisoformat before Python 3.11 wants no 'Z' and at most six digits of a second.
PyObject* decode_time(std::string_view text, const char* where) {
  static PyObject* parse_iso =
      nb::object(nb::module_::import_("datetime").attr("datetime").attr("fromisoformat")).release().ptr();
  std::string iso(text);
  if (iso.ends_with('Z') || iso.ends_with('z')) iso.replace(iso.size() - 1, 1, "+00:00");
  if (const auto dot = iso.find('.'); dot != std::string::npos) {
    const auto end = std::min(iso.find_first_not_of("0123456789", dot + 1), iso.size());
    std::string digits = iso.substr(dot + 1, end - dot - 1);
    digits.resize(6, '0');
    iso.replace(dot + 1, end - dot - 1, digits);
  }
  PyObject* time = PyObject_CallOneArg(parse_iso, nb::str(iso.data(), iso.size()).ptr());
  if (time != nullptr) return time;
  PyErr_Clear();
  wrong(where, "a time as RFC 3339 writes it");
}

[[noreturn]] void refuse(const char* where, const char* expected, PyObject* value) {
  raise(PyExc_TypeError, fmt::format("{} must be {}, not {}", where, expected, Py_TYPE(value)->tp_name));
}

void encode_integer(PyObject* value, JsonWriter& json, const char* where) {
  int overflow = 0;
  const long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
  if (overflow != 0) raise(PyExc_OverflowError, fmt::format("{} does not fit into 64 bits", where));
  if (number == -1 && PyErr_Occurred() != nullptr) nb::raise_python_error();
  json.integer(number);
}

void encode_any(PyObject* value, JsonWriter& json, const char* where) {
  if (value == Py_None) return json.null();
  if (PyBool_Check(value)) return json.boolean(value == Py_True);
  if (PyLong_Check(value)) return encode_integer(value, json, where);
  if (PyFloat_Check(value)) return json.number(PyFloat_AS_DOUBLE(value));
  if (PyUnicode_Check(value)) return json.string(utf8_of(value));
  if (PyDict_Check(value)) {
    json.begin_object();
    PyObject *key = nullptr, *item = nullptr;
    Py_ssize_t position = 0;
    while (PyDict_Next(value, &position, &key, &item) != 0) {
      if (!PyUnicode_Check(key)) refuse(where, "a mapping of str", key);
      json.key(utf8_of(key));
      encode_any(item, json, where);
    }
    return json.end_object();
  }
  if (PyList_Check(value) || PyTuple_Check(value)) {
    json.begin_array();
    const nb::object items = nb::steal(PySequence_Fast(value, "a sequence"));
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items.ptr()); ++i) {
      encode_any(PySequence_Fast_GET_ITEM(items.ptr(), i), json, where);
    }
    return json.end_array();
  }
  refuse(where, "what JSON can hold", value);
}

Kind kind_of_member(const nb::tuple& description) {
  Kind kind;
  const auto what = nb::cast<std::string>(description[0]);
  if (what != "member" && what != "by") {
    raise(PyExc_ValueError, fmt::format("there is no kind '{}'", what));
  }
  kind.name = nb::cast<std::string>(description[1]);
  if (what == "member") {
    kind.type = Kind::Type::member;
    kind.item = std::make_shared<Kind>(kind_of(description[2]));
    return kind;
  }
  kind.type = Kind::Type::by;
  auto choices = std::make_shared<std::map<std::string, Kind, std::less<>>>();
  for (const auto& [text, chosen] : nb::cast<nb::dict>(description[2])) {
    choices->emplace(nb::cast<std::string>(text), kind_of(chosen));
  }
  kind.choices = std::move(choices);
  return kind;
}

PyObject* decode_by(const Kind& kind, const element& json, const char* where) {
  std::string_view text;
  if (json[kind.name].get_string().get(text) != simdjson::SUCCESS)
    wrong(where, "an object that says what it is");
  const auto chosen = kind.choices->find(text);
  if (chosen == kind.choices->end()) raise_decode(fmt::format("{}: '{}' is not known", where, text));
  return decode(chosen->second, json, where);
}

}  // namespace

Kind kind_of(nb::handle description) {
  Kind kind;
  if (PyUnicode_Check(description.ptr())) {
    static const std::pair<std::string_view, Kind::Type> names[] = {
        {"string", Kind::Type::string},   {"integer", Kind::Type::integer}, {"number", Kind::Type::number},
        {"boolean", Kind::Type::boolean}, {"any", Kind::Type::any},         {"time", Kind::Type::time},
        {"bytes", Kind::Type::bytes}};
    const std::string_view name = utf8_of(description.ptr());
    for (const auto& [known, type] : names) {
      if (known == name) {
        kind.type = type;
        return kind;
      }
    }
    raise(PyExc_ValueError, fmt::format("there is no kind '{}'", name));
  }
  if (PyTuple_Check(description.ptr()) && PyTuple_GET_SIZE(description.ptr()) == 2) {
    const std::string_view name = utf8_of(PyTuple_GET_ITEM(description.ptr(), 0));
    if (name != "list" && name != "map") raise(PyExc_ValueError, fmt::format("there is no kind '{}'", name));
    kind.type = name == "list" ? Kind::Type::list : Kind::Type::map;
    kind.item = std::make_shared<Kind>(kind_of(PyTuple_GET_ITEM(description.ptr(), 1)));
    return kind;
  }
  if (PyTuple_Check(description.ptr()) && PyTuple_GET_SIZE(description.ptr()) == 3) {
    return kind_of_member(nb::borrow<nb::tuple>(description));
  }
  Shape* shape = nullptr;
  if (!nb::try_cast<Shape*>(description, shape) || shape == nullptr) {
    raise(PyExc_ValueError, "a kind is a name, a pair, or a Shape");
  }
  kind.type = Kind::Type::shape;
  kind.shape = shape;
  kind.owner = nb::borrow(description);
  return kind;
}

PyObject* decode(const Kind& kind, const element& json, const char* where) {
  switch (kind.type) {
    case Kind::Type::string: {
      std::string_view text;
      if (json.get_string().get(text) != simdjson::SUCCESS) wrong(where, "a string");
      return text_of(text);
    }
    case Kind::Type::integer: {
      if (json.is_int64()) return PyLong_FromLongLong(json.get_int64().value_unsafe());
      if (json.is_uint64()) return PyLong_FromUnsignedLongLong(json.get_uint64().value_unsafe());
      wrong(where, "an integer");
    }
    case Kind::Type::number: {
      double number = 0;
      if (json.get_double().get(number) != simdjson::SUCCESS) wrong(where, "a number");
      return PyFloat_FromDouble(number);
    }
    case Kind::Type::boolean: {
      bool flag = false;
      if (json.get_bool().get(flag) != simdjson::SUCCESS) wrong(where, "true or false");
      return Py_NewRef(flag ? Py_True : Py_False);
    }
    case Kind::Type::time: {
      std::string_view text;
      if (json.get_string().get(text) != simdjson::SUCCESS) wrong(where, "a string");
      return decode_time(text, where);
    }
    case Kind::Type::list: {
      simdjson::dom::array items;
      if (json.get_array().get(items) != simdjson::SUCCESS) wrong(where, "an array");
      return decode_first(std::numeric_limits<std::size_t>::max(), *kind.item, items, where);
    }
    case Kind::Type::map: {
      simdjson::dom::object fields;
      if (json.get_object().get(fields) != simdjson::SUCCESS) wrong(where, "an object");
      nb::object map = nb::steal(PyDict_New());
      for (const auto field : fields) {
        const nb::object key = nb::steal(text_of(field.key));
        const nb::object value = nb::steal(decode(*kind.item, field.value, where));
        if (PyDict_SetItem(map.ptr(), key.ptr(), value.ptr()) != 0) nb::raise_python_error();
      }
      return map.release().ptr();
    }
    case Kind::Type::shape:
      return kind.shape->decode(json);
    case Kind::Type::member: {
      element member;
      if (json[kind.name].get(member) != simdjson::SUCCESS) wrong(where, "an object with all its members");
      return decode(*kind.item, member, where);
    }
    case Kind::Type::by:
      return decode_by(kind, json, where);
    case Kind::Type::any:
    case Kind::Type::bytes:
      return decode_any(json, where);
  }
  wrong(where, "JSON");
}

PyObject* decode_first(std::size_t count, const Kind& kind, const simdjson::dom::array& json,
                       const char* where) {
  const std::size_t known = json.size();  // right below 2^24 items, and no more than that above
  nb::object list = nb::steal(PyList_New(static_cast<Py_ssize_t>(std::min(count, known))));
  if (!list.is_valid()) nb::raise_python_error();
  std::size_t made = 0;
  for (const element item : json) {
    if (made == count) break;
    PyObject* value = decode(kind, item, where);
    if (made < known) {
      PyList_SET_ITEM(list.ptr(), static_cast<Py_ssize_t>(made), value);
    } else if (const nb::object held = nb::steal(value); PyList_Append(list.ptr(), value) != 0) {
      nb::raise_python_error();
    }
    ++made;
  }
  return list.release().ptr();
}

void encode(const Kind& kind, PyObject* value, JsonWriter& json, const char* where) {
  switch (kind.type) {
    case Kind::Type::string:
      if (!PyUnicode_Check(value)) refuse(where, "str", value);
      return json.string(utf8_of(value));
    case Kind::Type::integer:
      if (!PyLong_Check(value) || PyBool_Check(value)) refuse(where, "int", value);
      return encode_integer(value, json, where);
    case Kind::Type::number:
      if (PyLong_Check(value) && !PyBool_Check(value)) return encode_integer(value, json, where);
      if (!PyFloat_Check(value)) refuse(where, "float", value);
      return json.number(PyFloat_AS_DOUBLE(value));
    case Kind::Type::boolean:
      if (!PyBool_Check(value)) refuse(where, "bool", value);
      return json.boolean(value == Py_True);
    case Kind::Type::time: {
      if (PyUnicode_Check(value)) return json.string(utf8_of(value));
      const nb::object text = nb::steal(PyObject_CallMethod(value, "isoformat", nullptr));
      if (!text.is_valid()) nb::raise_python_error();
      return json.string(utf8_of(text.ptr()));
    }
    case Kind::Type::list: {
      if (PyUnicode_Check(value) || PyBytes_Check(value)) refuse(where, "a sequence", value);
      const nb::object items = nb::steal(PySequence_Fast(value, ""));
      if (!items.is_valid()) {
        PyErr_Clear();
        refuse(where, "a sequence", value);
      }
      json.begin_array();
      for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items.ptr()); ++i) {
        encode(*kind.item, PySequence_Fast_GET_ITEM(items.ptr(), i), json, where);
      }
      return json.end_array();
    }
    case Kind::Type::map: {
      if (!PyDict_Check(value)) refuse(where, "dict", value);
      json.begin_object();
      PyObject *key = nullptr, *item = nullptr;
      Py_ssize_t position = 0;
      while (PyDict_Next(value, &position, &key, &item) != 0) {
        if (!PyUnicode_Check(key)) refuse(where, "a dict of str", key);
        json.key(utf8_of(key));
        encode(*kind.item, item, json, where);
      }
      return json.end_object();
    }
    case Kind::Type::shape:
      return kind.shape->encode(value, json, where);
    case Kind::Type::member:
    case Kind::Type::by:
      refuse(where, "of a kind that can be written", value);
    case Kind::Type::any:
    case Kind::Type::bytes:
      return encode_any(value, json, where);
  }
}

PyObject* text_of(std::string_view utf8) {
  PyObject* text = PyUnicode_FromStringAndSize(utf8.data(), static_cast<Py_ssize_t>(utf8.size()));
  if (text == nullptr) nb::raise_python_error();
  return text;
}

std::string_view utf8_of(PyObject* text) {
  Py_ssize_t size = 0;
  const char* data = PyUnicode_AsUTF8AndSize(text, &size);
  if (data == nullptr) nb::raise_python_error();
  return {data, static_cast<std::size_t>(size)};
}

namespace {

// Parsers keep their buffers: a thread uses its own again, so that a page of a listing allocates none.
// Several at a time are in use where decoding lets Python code run that parses too.
constexpr std::size_t kKeptParsers = 4;
constexpr std::size_t kKeptBytes = 4u << 20;
thread_local std::vector<std::unique_ptr<simdjson::dom::parser>> kept_parsers;

}  // namespace

std::optional<Document> Document::parse(std::string text, std::string& problem) {
  Document document;
  if (kept_parsers.empty()) {
    document.parser_ = std::make_unique<simdjson::dom::parser>();
  } else {
    document.parser_ = std::move(kept_parsers.back());
    kept_parsers.pop_back();
  }
  text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  const auto error = document.parser_->parse(text.data(), text.size(), false).get(document.root_);
  if (error == simdjson::SUCCESS) return document;
  problem = simdjson::error_message(error);
  return std::nullopt;
}

Document::~Document() {
  if (parser_ && kept_parsers.size() < kKeptParsers && parser_->capacity() <= kKeptBytes) {
    kept_parsers.push_back(std::move(parser_));
  }
}

}  // namespace mere::python
