// Reads one parameter of a request into its typed place; what the generated operations.cpp is made of.
//
// Errors are `invalid_argument`, "parameter "amount" in query has an error: …". A parameter that is
// optional and absent leaves its place as it was, which is how defaults are applied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/pattern.h"
#include "api/raw_request.h"
#include "base/clock.h"
#include "base/result.h"

namespace mere::api {

// What the API description says of a parameter, besides its type.
struct ParameterRule {
  std::string_view name;
  bool required = false;
  bool may_be_empty = false;
  std::int64_t minimum = std::numeric_limits<std::int64_t>::min();
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  const Pattern* pattern = nullptr;
};

namespace parameters {

Error error_in(std::string_view where, std::string_view name, std::string_view reason);

// The decoded value; nullopt if it is absent, or empty where an empty one means the same.
Result<std::optional<std::string>> find_path(const RawParams& raw, std::size_t index,
                                             const ParameterRule& rule);
Result<std::optional<std::string>> find_query(const RawParams& raw, const ParameterRule& rule);
Result<std::optional<std::string>> find_header(const RawParams& raw, const ParameterRule& rule);

// From text to a value: "" if `into` was set, else the reason why not.
std::string from_text(std::string text, const ParameterRule& rule, std::string& into);
std::string from_text(std::string text, const ParameterRule& rule, std::int64_t& into);
std::string from_text(std::string text, const ParameterRule& rule, bool& into);
std::string from_text(std::string text, const ParameterRule& rule, Timestamp& into);

std::string not_one_of(std::string_view values);

// Enumerations have from_string and values_of (types.h).
template <class E>
  requires requires(std::string_view text, E& into) { from_string(text, into); }
std::string from_text(std::string text, const ParameterRule&, E& into) {
  return from_string(text, into) ? std::string() : not_one_of(values_of(into));
}

template <class T>
std::string from_text(std::string text, const ParameterRule& rule, std::optional<T>& into) {
  return from_text(std::move(text), rule, into.emplace());
}

template <class T>
Status store(std::string_view where, const ParameterRule& rule, Result<std::optional<std::string>> found,
             T& into) {
  if (!found) return std::move(found).error();
  if (!found->has_value()) return {};
  const std::string reason = from_text(std::move(**found), rule, into);
  if (!reason.empty()) return error_in(where, rule.name, reason);
  return {};
}

template <class T>
Status read_path(const RawParams& raw, std::size_t index, const ParameterRule& rule, T& into) {
  return store("path", rule, find_path(raw, index, rule), into);
}

template <class T>
Status read_query(const RawParams& raw, const ParameterRule& rule, T& into) {
  return store("query", rule, find_query(raw, rule), into);
}

template <class T>
Status read_header(const RawParams& raw, const ParameterRule& rule, T& into) {
  return store("header", rule, find_header(raw, rule), into);
}

// A parameter that may be given several times: a=1&a=2.
Status read_query(const RawParams& raw, const ParameterRule& rule, std::vector<std::string>& into);

}  // namespace parameters
}  // namespace mere::api
