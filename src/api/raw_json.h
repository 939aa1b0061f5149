// A JSON object whose members the API does not fix: kept as the text it came as.
#pragma once

#include <string>

namespace mere::api {

struct RawJson {
  std::string text = "{}";  // one well-formed JSON object

  friend bool operator==(const RawJson&, const RawJson&) = default;
};

}  // namespace mere::api
