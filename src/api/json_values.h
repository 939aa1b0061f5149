// write_json for what schemas are made of; json.h (generated) adds the schemas themselves.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "api/raw_json.h"
#include "base/clock.h"
#include "base/json_writer.h"
#include "base/time_format.h"

namespace mere::api {

inline void write_json(JsonWriter& json, const std::string& value) {
  json.string(value);
}
inline void write_json(JsonWriter& json, std::int64_t value) {
  json.integer(value);
}
inline void write_json(JsonWriter& json, std::int32_t value) {
  json.integer(value);
}
inline void write_json(JsonWriter& json, double value) {
  json.number(value);
}
inline void write_json(JsonWriter& json, bool value) {
  json.boolean(value);
}
inline void write_json(JsonWriter& json, const Timestamp& value) {
  json.string(to_rfc3339(value));
}
inline void write_json(JsonWriter& json, const RawJson& value) {
  json.raw(value.text);
}
inline void write_json(JsonWriter& json, const std::map<std::string, std::string>& value) {
  json.string_map(value);
}

template <class E>
  requires std::is_enum_v<E>
void write_json(JsonWriter& json, E value) {
  json.string(to_string(value));
}

template <class T>
void write_json(JsonWriter& json, const std::vector<T>& values) {
  json.begin_array();
  for (const T& value : values) write_json(json, value);
  json.end_array();
}

template <class T>
void write_json(JsonWriter& json, const std::map<std::string, T>& values) {
  json.begin_object();
  for (const auto& [key, value] : values) {
    json.key(key);
    write_json(json, value);
  }
  json.end_object();
}

// `quoted_key` is "name": with quotes and colon.
template <class T>
void write_member(JsonWriter& json, std::string_view quoted_key, const T& value) {
  json.quoted_key(quoted_key);
  write_json(json, value);
}

inline void write_null_member(JsonWriter& json, std::string_view quoted_key) {
  json.quoted_key(quoted_key);
  json.null();
}

}  // namespace mere::api
