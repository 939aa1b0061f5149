// Reads the JSON body of an operation; what the generated dispatch.h is made of.
#pragma once

#include <optional>

#include "api/json.h"
#include "api/raw_request.h"
#include "base/result.h"

namespace mere::api {

// Errors: `invalid_argument`, "request body has an error: …", unless a text is there and said to be JSON.
Status expect_json(const RawBody& raw);

template <class T>
Status parse_body(const RawBody& raw, T& into) {
  RETURN_IF_ERROR(expect_json(raw));
  return read_json_into(raw.text, into, "request body");
}

// One that may be absent.
template <class T>
Status parse_body(const RawBody& raw, std::optional<T>& into) {
  if (raw.text.empty()) return {};
  return parse_body(raw, into.emplace());
}

}  // namespace mere::api
