#include "api/body.h"

#include <algorithm>
#include <string>

namespace mere::api {

namespace {

bool is_json(std::string_view content_type) {
  constexpr std::string_view kJson = "application/json";
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
  return std::ranges::equal(type, kJson,
                            [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; });
}

}  // namespace

Status expect_json(const RawBody& raw) {
  if (raw.text.empty())
    return Error{Code::invalid_argument, "request body has an error: value is required but missing"};
  if (!is_json(raw.content_type)) {
    return Error{Code::invalid_argument,
                 "request body has an error: header Content-Type must be application/json, not \"" +
                     std::string(raw.content_type) + "\""};
  }
  return {};
}

}  // namespace mere::api
