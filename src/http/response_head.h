// The head of a response (RFC 9112 section 4), as text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.h"

namespace mere::http {

struct ResponseFraming {
  enum class Kind { none, length, chunked, until_close };
  Kind kind = Kind::none;  // none: no body, and nothing is said about one
  std::uint64_t length = 0;
};

enum class Persistence {
  keep,          // HTTP/1.1's default, not said
  keep_and_say,  // to HTTP/1.0
  close,
};

// The standard reason, or "".
std::string_view reason_of(int status);

// Appends status line, Date, the fields of `headers` and those of framing and persistence. Fields that
// are not the handler's to set are left out, and so are malformed names; control characters in values
// become spaces, so that a value cannot begin another field or response.
void append_response_head(std::string& out, int status, const Headers& headers, ResponseFraming framing,
                          Persistence persistence, std::string_view date);

}  // namespace mere::http
