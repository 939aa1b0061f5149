// The head of a request (RFC 9112 sections 2 to 6): request line and header fields.
//
// Strict where servers that disagree can be played against each other: line ends are CRLF, a field name
// touches its colon, lines are not folded, a length is said once and in one way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "http/message.h"

namespace mere::http {

struct HeadLimits {
  std::size_t head_bytes = 64u << 10;  // request line and fields
  std::size_t target_bytes = 32u << 10;
  std::size_t fields = 1000;
};

struct RequestHead {
  std::string method;
  std::string path;
  std::string query;
  Headers headers;
  int minor_version = 1;   // HTTP/1.x
  bool keep_alive = true;  // as the client wishes
  bool expects_continue = false;
  bool chunked = false;
  std::optional<std::uint64_t> content_length;  // never beside chunked
};

// A request that is answered without a handler, and closes the connection.
struct Refusal {
  int status = 400;
  const char* reason = "";
};

// Finds the end of a head while it arrives; looks at each byte once.
class HeadScanner {
 public:
  explicit HeadScanner(const HeadLimits& limits) : limits_(limits) {}

  struct Incomplete {};
  struct Complete {
    std::size_t begin;  // of the request line: empty lines before it are skipped
    std::size_t end;    // past the empty line
  };
  // `bytes` begins where the first call's did, and may be longer now.
  std::variant<Incomplete, Complete, Refusal> scan(std::string_view bytes);

 private:
  HeadLimits limits_;
  std::size_t begin_ = 0;
  std::size_t line_ = 0;  // start of the line that is not ended yet
  std::size_t looked_at_ = 0;
};

// `bytes` is what a HeadScanner found complete.
std::variant<RequestHead, Refusal> parse_request_head(std::string_view bytes, const HeadLimits& limits);

// "a, B ,c" has "b". For Connection and its like.
bool list_contains(std::string_view list, std::string_view token);

// RFC 9110 section 5.6.2.
bool is_token(std::string_view text);
// Visible characters, spaces, tabs and bytes above 0x7F: RFC 9110 section 5.5.
bool is_field_value(std::string_view text);

}  // namespace mere::http
