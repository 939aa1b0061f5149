// Numbers in queries that say how long a page is, or where it begins.
#pragma once

#include <string>
#include <string_view>

#include "base/text.h"
#include "s3/outcome.h"

namespace mere::s3 {

inline constexpr int kMaxPage = 1000;

// A number from 0 to 2147483647, `fallback` if nothing was said; else `InvalidArgument`.
inline Outcome<int> number_or(std::string_view text, int fallback, std::string_view name) {
  if (text.empty()) return fallback;
  const auto number = parse_integer<int>(text);
  if (!number || *number < 0) {
    return s3_error("InvalidArgument",
                    "Argument " + std::string(name) + " must be an integer between 0 and 2147483647");
  }
  return *number;
}

// The same for the length of a page: at most 1000, as S3 caps it without a word.
inline Outcome<int> page_limit(std::string_view text, std::string_view name) {
  auto number = number_or(text, kMaxPage, name);
  if (number && *number > kMaxPage) return kMaxPage;
  return number;
}

}  // namespace mere::s3
