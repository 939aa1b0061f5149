// "lakefs://repository/ref/path": names of things in a lake as text.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace mere::client {

// What is not said is empty: "lakefs://repository" has no ref, "lakefs://repository/main/" no path.
struct Uri {
  std::string repository;
  std::string ref;
  std::string path;  // as it is, without its leading slash: no escapes, any bytes

  // Also "mere://…". Errors: invalid_argument.
  static Result<Uri> parse(std::string_view text);
  std::string to_string() const;

  friend bool operator==(const Uri&, const Uri&) = default;
};

// `result`, its error with `thing` in front.
template <class T>
Result<T> about(const std::string& thing, Result<T> result) {
  if (!result) return with_context(thing, std::move(result).error());
  return result;
}

}  // namespace mere::client
