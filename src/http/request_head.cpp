#include "http/request_head.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace mere::http {
namespace {

constexpr std::size_t kEmptyLinesSkipped = 8;  // some clients end a body with an extra CRLF
constexpr std::size_t kMethodBytes = 32;

std::size_t longest_request_line(const HeadLimits& limits) {
  return kMethodBytes + limits.target_bytes + sizeof "  HTTP/1.1\r\n";
}

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (const char c : {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'}) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}
constexpr std::array<bool, 256> kToken = make_token_table();

bool is_token_char(char c) {
  return kToken[static_cast<unsigned char>(c)];
}

std::string_view trim(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Bytes above 0x7F are not allowed in a URI, but clients send raw UTF-8 and its meaning is plain.
bool is_target(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7F || byte == '#') return false;
  }
  return !text.empty();
}

// What fields say of the message as a whole, while they are read.
struct Framing {
  std::size_t hosts = 0;
  bool transfer_encoding = false;
};

std::optional<Refusal> take_content_length(std::string_view value, RequestHead& head) {
  std::uint64_t length = 0;
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, length);
  if (value.empty() || error != std::errc() || stop != end) return Refusal{400, "bad Content-Length"};
  if (head.content_length && *head.content_length != length) return Refusal{400, "two Content-Lengths"};
  head.content_length = length;
  return std::nullopt;
}

std::optional<Refusal> take_transfer_encoding(std::string_view value, RequestHead& head, Framing& framing) {
  if (framing.transfer_encoding) return Refusal{400, "two Transfer-Encodings"};
  framing.transfer_encoding = true;
  if (equal_ignoring_case(value, "chunked")) {
    head.chunked = true;
    return std::nullopt;
  }
  // "gzip, chunked" is well framed, only not known here; anything else has no known end.
  const std::size_t comma = value.rfind(',');
  const bool framed = comma != value.npos && equal_ignoring_case(trim(value.substr(comma + 1)), "chunked") &&
                      !list_contains(value.substr(0, comma), "chunked");
  return framed ? Refusal{501, "unknown transfer coding"} : Refusal{400, "bad Transfer-Encoding"};
}

std::optional<Refusal> take_expect(std::string_view value, RequestHead& head) {
  if (value.empty()) return std::nullopt;  // nothing is expected
  if (!equal_ignoring_case(value, "100-continue")) return Refusal{417, "unknown expectation"};
  head.expects_continue = head.minor_version >= 1;
  return std::nullopt;
}

std::optional<Refusal> take_field(std::string_view name, std::string_view value, RequestHead& head,
                                  Framing& framing) {
  switch (name.size()) {  // most fields say nothing to us: their length rules them out
    case 4:
      if (equal_ignoring_case(name, "host") && ++framing.hosts > 1) return Refusal{400, "two Hosts"};
      break;
    case 6:
      if (equal_ignoring_case(name, "expect")) return take_expect(value, head);
      break;
    case 10:
      if (equal_ignoring_case(name, "connection")) {
        if (list_contains(value, "close")) {
          head.keep_alive = false;
        } else if (head.minor_version == 0 && list_contains(value, "keep-alive")) {
          head.keep_alive = true;
        }
      }
      break;
    case 14:
      if (equal_ignoring_case(name, "content-length")) return take_content_length(value, head);
      break;
    case 17:
      if (equal_ignoring_case(name, "transfer-encoding")) return take_transfer_encoding(value, head, framing);
      break;
    default:
      break;
  }
  return std::nullopt;
}

// RFC 9112 section 3.2: origin-form, absolute-form, or "*".
std::optional<Refusal> take_target(std::string_view target, RequestHead& head, std::string_view& authority) {
  if (!is_target(target)) return Refusal{400, "bad request target"};
  if (target.front() != '/' && target != "*") {
    const std::size_t scheme = target.find("://");
    if (scheme == target.npos || (!equal_ignoring_case(target.substr(0, scheme), "http") &&
                                  !equal_ignoring_case(target.substr(0, scheme), "https"))) {
      return Refusal{400, "bad request target"};
    }
    target.remove_prefix(scheme + 3);
    const std::size_t slash = std::min(target.find_first_of("/?"), target.size());
    authority = target.substr(0, slash);
    if (authority.empty() || authority.find('@') != authority.npos) return Refusal{400, "bad request target"};
    target.remove_prefix(slash);
  } else if (target == "*" && head.method != "OPTIONS") {
    return Refusal{400, "bad request target"};
  }
  const std::size_t question = std::min(target.find('?'), target.size());
  head.path = target.substr(0, question);
  if (head.path.empty()) head.path = "/";
  if (question < target.size()) head.query = target.substr(question + 1);
  return std::nullopt;
}

std::optional<Refusal> take_version(std::string_view version, RequestHead& head) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (version.size() != 8 || version.substr(0, 5) != "HTTP/" || !is_digit(version[5]) || version[6] != '.' ||
      !is_digit(version[7])) {
    return Refusal{400, "bad request line"};
  }
  if (version[5] != '1') return Refusal{505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
  head.minor_version = version[7] == '0' ? 0 : 1;
  head.keep_alive = head.minor_version >= 1;
  return std::nullopt;
}

std::optional<Refusal> take_request_line(std::string_view line, const HeadLimits& limits, RequestHead& head,
                                         std::string_view& authority) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == line.npos || first == last) return Refusal{400, "bad request line"};
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  if (method.size() > kMethodBytes || !is_token(method)) return Refusal{400, "bad method"};
  head.method = method;
  if (auto refusal = take_version(line.substr(last + 1), head)) return refusal;
  if (target.size() > limits.target_bytes) return Refusal{414, "the request target is too long"};
  if (method == "CONNECT") return Refusal{501, "no tunnels"};
  return take_target(target, head, authority);
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool is_field_value(std::string_view text) {
  bool is_bad = false;  // looked at in the end only, so that many characters are taken at once
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    is_bad |= (byte < 0x20 && byte != '\t') || byte == 0x7F;
  }
  return !is_bad;
}

bool list_contains(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const std::string_view item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), item.size() + 1));
    if (equal_ignoring_case(trim(item), token)) return true;
  }
  return false;
}

std::variant<HeadScanner::Incomplete, HeadScanner::Complete, Refusal> HeadScanner::scan(
    std::string_view bytes) {
  while (looked_at_ < bytes.size()) {
    const std::size_t newline = bytes.find('\n', looked_at_);
    if (newline == bytes.npos) {
      looked_at_ = bytes.size();
      break;
    }
    looked_at_ = newline + 1;
    if (newline == line_ || bytes[newline - 1] != '\r') return Refusal{400, "a line does not end in CRLF"};
    if (line_ == begin_ && newline - line_ > longest_request_line(limits_)) {
      return Refusal{414, "the request target is too long"};
    }
    if (newline - begin_ > limits_.head_bytes) return Refusal{431, "the request's header is too large"};
    if (newline - line_ > 1) {
      if (line_ == begin_ && !is_token_char(bytes[begin_])) return Refusal{400, "not HTTP"};
      line_ = newline + 1;
    } else if (line_ != begin_) {
      return Complete{begin_, newline + 1};
    } else {
      begin_ = line_ = newline + 1;
      if (begin_ > 2 * kEmptyLinesSkipped) return Refusal{400, "no request"};
    }
  }
  const std::size_t length = bytes.size() - begin_;
  // What cannot become a request, a TLS hello for one, is refused before a line's end that may not come.
  if (length > 0 && !is_token_char(bytes[begin_]) && bytes[begin_] != '\r') return Refusal{400, "not HTTP"};
  if (line_ == begin_ && length > longest_request_line(limits_)) {
    return Refusal{414, "the request target is too long"};
  }
  if (length > limits_.head_bytes) return Refusal{431, "the request's header is too large"};
  return Incomplete{};
}

std::variant<RequestHead, Refusal> parse_request_head(std::string_view bytes, const HeadLimits& limits) {
  RequestHead head;
  Framing framing;
  std::string_view authority;

  bool request_line = true;
  while (true) {
    const std::size_t end = bytes.find("\r\n");
    if (end == bytes.npos) return Refusal{400, "the header does not end"};
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end + 2);
    if (request_line) {
      if (auto refusal = take_request_line(line, limits, head, authority)) return *refusal;
      request_line = false;
      continue;
    }
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == line.npos || !is_token(line.substr(0, colon))) return Refusal{400, "bad header field"};
    const std::string_view value = trim(line.substr(colon + 1));
    if (!is_field_value(value)) return Refusal{400, "bad header field value"};
    if (head.headers.size() >= limits.fields) return Refusal{431, "too many header fields"};
    if (auto refusal = take_field(line.substr(0, colon), value, head, framing)) return *refusal;
    head.headers.add(std::string(line.substr(0, colon)), std::string(value));
  }

  if (head.minor_version >= 1 && framing.hosts == 0) return Refusal{400, "no Host"};
  // RFC 9112 section 6.1: either may be an attempt to smuggle a request past a proxy.
  if (framing.transfer_encoding && head.content_length) {
    return Refusal{400, "both Content-Length and Transfer-Encoding"};
  }
  if (framing.transfer_encoding && head.minor_version == 0) {
    return Refusal{400, "Transfer-Encoding in HTTP/1.0"};
  }
  if (!authority.empty()) head.headers.set("Host", std::string(authority));
  return head;
}

}  // namespace mere::http
