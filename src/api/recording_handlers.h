// For tests: answers every operation with its name, and "json" behind it if there was a body.
#pragma once

#include <optional>
#include <string>

#include "api/operations.h"

namespace mere::api {

struct TestCall {
  bool admitted = true;
};

struct RecordingHandlers {
#define PLAIN(name, Params) \
  std::string name(TestCall&, const Params&) { return #name; }
#define JSON(name, Params, Body) \
  std::string name(TestCall&, const Params&, const Body&) { return #name " json"; }
#define OPTIONAL_JSON(name, Params, Body)                                       \
  std::string name(TestCall&, const Params&, const std::optional<Body>& body) { \
    return body ? #name " json" : #name;                                        \
  }
  MERE_API_OPERATIONS(PLAIN, JSON, OPTIONAL_JSON)
#undef PLAIN
#undef JSON
#undef OPTIONAL_JSON
};

}  // namespace mere::api
