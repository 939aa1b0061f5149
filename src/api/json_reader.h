// From parsed JSON to values, with the place of what is wrong; what the generated json_read.cpp is
// made of. Includes simdjson: nothing but that file and its tests include this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "api/pattern.h"
#include "api/raw_json.h"
#include "base/clock.h"
#include "base/result.h"

namespace mere::api {

using Json = simdjson::dom::element;

// Why a value was refused. `at` is a JSON pointer, put together from the inside out while the
// readers return: reading what is right costs nothing for it.
struct Fault {
  std::string at;
  std::string reason;

  bool because(std::string why);       // sets the reason; false
  bool inside(std::string_view name);  // puts /name before `at`; false
};

// read(fault, json, into): true, or false and `fault` says why. `null` is never right here.
bool read(Fault& fault, Json json, std::string& into);
bool read(Fault& fault, Json json, std::int64_t& into);  // a number with a fraction or an exponent is none
bool read(Fault& fault, Json json, std::int32_t& into);
bool read(Fault& fault, Json json, double& into);
bool read(Fault& fault, Json json, bool& into);
bool read(Fault& fault, Json json, Timestamp& into);  // RFC 3339
bool read(Fault& fault, Json json, RawJson& into);    // an object of any members

template <class T>
bool read(Fault& fault, Json json, std::optional<T>& into) {
  return read(fault, json, into.emplace());
}

bool begin_list(Fault& fault, Json json, simdjson::dom::array& into);
bool begin_object(Fault& fault, Json json, simdjson::dom::object& into);

template <class T>
bool read(Fault& fault, Json json, std::vector<T>& into) {
  simdjson::dom::array items;
  if (!begin_list(fault, json, items)) return false;
  into.clear();
  into.reserve(items.size());
  for (const Json item : items) {
    if (!read(fault, item, into.emplace_back())) return fault.inside(std::to_string(into.size() - 1));
  }
  return true;
}

template <class T>
bool read(Fault& fault, Json json, std::map<std::string, T>& into) {
  simdjson::dom::object members;
  if (!begin_object(fault, json, members)) return false;
  into.clear();
  for (const auto member : members) {
    if (!read(fault, member.value, into[std::string(member.key)])) return fault.inside(member.key);
  }
  return true;
}

// A member of an object.
template <class T>
bool read_member(Fault& fault, const simdjson::dom::key_value_pair& member, T& into) {
  return read(fault, member.value, into) || fault.inside(member.key);
}

// One that may be null, which is the same as absent.
template <class T>
bool read_nullable_member(Fault& fault, const simdjson::dom::key_value_pair& member, std::optional<T>& into) {
  if (!member.value.is_null()) return read_member(fault, member, into);
  into.reset();
  return true;
}

// A list that is null when it is empty.
template <class T>
bool read_list_or_null_member(Fault& fault, const simdjson::dom::key_value_pair& member,
                              std::vector<T>& into) {
  if (!member.value.is_null()) return read_member(fault, member, into);
  into.clear();
  return true;
}

// Bit i of `seen` says that names[i] was there.
bool require(Fault& fault, std::uint64_t seen, std::span<const std::string_view> names);

// Constraints of the member `name`.
bool at_least(Fault& fault, std::string_view name, std::int64_t value, std::int64_t minimum);
bool at_most(Fault& fault, std::string_view name, std::int64_t value, std::int64_t maximum);
bool at_least_long(Fault& fault, std::string_view name, const std::string& value, std::size_t length);
bool at_least_items(Fault& fault, std::string_view name, std::size_t items, std::size_t minimum);
bool like(Fault& fault, std::string_view name, const std::string& value, const Pattern& pattern);

// The error of a document that `fault` was found in; `subject` says which: "request body".
Error document_error(std::string_view subject, const Fault& fault);

// Parses `text`, bounded in size and depth, and hands the root to `use` while it lives.
Status with_json(std::string_view text, std::string_view subject,
                 bool (*use)(Fault& fault, Json json, void* into), void* into);

template <class T>
Status read_document(std::string_view text, T& into, std::string_view subject) {
  const auto use = [](Fault& fault, Json json, void* place) {
    return read(fault, json, *static_cast<T*>(place));
  };
  return with_json(text, subject, use, &into);
}

}  // namespace mere::api
