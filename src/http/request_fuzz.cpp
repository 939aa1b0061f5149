// Requests as they come from outside: the head, then a chunked body. However the bytes are cut, what is
// found is the same; and a head that was accepted is accepted again when it is printed.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "http/chunked.h"
#include "http/request_head.h"

namespace {

using namespace mere::http;

constexpr HeadLimits kLimits{4096, 1024, 50};

using Scanned = std::variant<HeadScanner::Incomplete, HeadScanner::Complete, Refusal>;

Scanned scan(std::string_view bytes, std::size_t step) {
  HeadScanner scanner(kLimits);
  Scanned scanned;
  std::size_t have = 0;
  do {
    have = std::min(bytes.size(), have + step);
    scanned = scanner.scan(bytes.substr(0, have));
  } while (have < bytes.size() && scanned.index() == 0);
  return scanned;
}

std::string print(const RequestHead& head) {
  std::string text = head.method + " " + head.path;
  if (!head.query.empty()) text += "?" + head.query;
  text += " HTTP/1." + std::to_string(head.minor_version) + "\r\n";
  for (const auto& [name, value] : head.headers) text += name + ": " + value + "\r\n";
  return text + "\r\n";
}

void check_again(const RequestHead& head) {
  MERE_CHECK(!(head.chunked && head.content_length));
  const HeadLimits roomy{kLimits.head_bytes * 4, kLimits.target_bytes * 4, kLimits.fields + 1};
  const auto parsed = parse_request_head(print(head), roomy);
  const auto* again = std::get_if<RequestHead>(&parsed);
  MERE_CHECK(again && again->method == head.method && again->path == head.path && again->query == head.query);
  MERE_CHECK(again->headers.size() == head.headers.size() && again->keep_alive == head.keep_alive);
  MERE_CHECK(again->chunked == head.chunked && again->content_length == head.content_length);
}

struct Decoded {
  std::string data;
  std::size_t eaten = 0;
  ChunkedDecoder::State state = ChunkedDecoder::State::framing;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view input, std::size_t step) {
  Decoded decoded;
  ChunkedDecoder decoder;
  while (decoded.eaten < input.size()) {
    const std::string_view piece = input.substr(decoded.eaten, step);
    std::size_t eaten = 0;
    if (decoder.state() == ChunkedDecoder::State::framing) {
      eaten = decoder.eat_framing(piece);
    } else if (decoder.state() == ChunkedDecoder::State::data) {
      eaten = static_cast<std::size_t>(std::min<std::uint64_t>(decoder.data_left(), piece.size()));
      decoded.data += piece.substr(0, eaten);
      decoder.took_data(eaten);
    } else {
      break;
    }
    decoded.eaten += eaten;
  }
  decoded.state = decoder.state();
  return decoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = data[0] % 16 + 1u;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);

  const Scanned whole = scan(bytes, bytes.size() + 1);
  const Scanned cut = scan(bytes, step);
  std::size_t body = 0;
  if (const auto* found = std::get_if<HeadScanner::Complete>(&whole)) {
    const auto* same = std::get_if<HeadScanner::Complete>(&cut);
    MERE_CHECK(same && same->begin == found->begin && same->end == found->end);
    const auto parsed = parse_request_head(bytes.substr(found->begin, found->end - found->begin), kLimits);
    if (const auto* head = std::get_if<RequestHead>(&parsed)) check_again(*head);
    body = found->end;
  } else {
    MERE_CHECK(!std::get_if<HeadScanner::Complete>(&cut));
  }
  MERE_CHECK(decode(bytes.substr(body), bytes.size() + 1) == decode(bytes.substr(body), step));
  return 0;
}
