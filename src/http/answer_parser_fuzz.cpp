// Answers as they come from a server: heads, interim ones first, then a body in chunks. However the bytes are
// cut, the same head, body and rest are found, or all are refused; what is held stays in proportion.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "http/answer_parser.h"

namespace {

using namespace mere::http;

struct Read {
  enum class End { refused, cut_off, whole };

  End end = End::cut_off;
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::uint64_t> length;
  bool has_body = false;
  bool may_keep = false;
  AnswerParser::Framing framing = AnswerParser::Framing::none;
  std::string decoded;    // of a body in chunks
  std::size_t eaten = 0;  // of a whole answer, without a body that is not in chunks
};

// As blocking_send reads: the parser sees what it left and what has come since, and an interim head is
// followed by another.
Read read(std::string_view bytes, std::size_t step, bool to_head) {
  Read read;
  std::optional<AnswerParser> parser(std::in_place, to_head);
  std::size_t used = 0, filled = 0;
  while (read.end == Read::End::cut_off) {
    const auto taken = used < filled ? parser->take(bytes.substr(used, filled - used))
                                     : mere::Result<std::size_t>(std::size_t{0});
    if (!taken) {
      read.end = Read::End::refused;
      break;
    }
    MERE_CHECK(*taken <= filled - used);
    used += *taken;
    if (parser->has_head() && parser->is_interim()) {
      parser.emplace(to_head);
      continue;
    }
    const bool chunks = parser->has_head() && parser->framing() == AnswerParser::Framing::chunks;
    if (parser->has_head() && (!chunks || parser->is_over())) {
      read.end = Read::End::whole;
      break;
    }
    if (*taken > 0) continue;
    if (filled == bytes.size()) break;
    filled = std::min(bytes.size(), filled + step);
  }
  MERE_CHECK(parser->decoded.size() <= bytes.size());
  if (!parser->has_head()) return read;
  read.status = parser->head.status;
  for (const auto& [name, value] : parser->head.headers) read.headers.emplace_back(name, value);
  read.length = parser->head.length;
  read.has_body = parser->head.has_body;
  read.decoded = parser->decoded;
  if (read.end != Read::End::whole) return read;
  read.framing = parser->framing();
  read.may_keep = parser->may_keep();
  read.eaten = used;
  return read;
}

void check_same(const Read& one, const Read& other) {
  // Whether what is wrong is noticed at once or when the connection closes may depend on the cut.
  MERE_CHECK((one.end == Read::End::whole) == (other.end == Read::End::whole));
  if (one.end != Read::End::whole) return;
  MERE_CHECK(one.status == other.status && one.headers == other.headers && one.length == other.length);
  MERE_CHECK(one.has_body == other.has_body && one.may_keep == other.may_keep);
  MERE_CHECK(one.framing == other.framing && one.decoded == other.decoded && one.eaten == other.eaten);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool to_head = data[0] & 16u;
  const std::size_t step = data[0] % 16 + 1u;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);

  const Read whole = read(bytes, bytes.size() + 1, to_head);
  const Read cut = read(bytes, step, to_head);

  check_same(whole, cut);
  if (whole.end != Read::End::whole) return 0;
  MERE_CHECK(whole.status >= 200 && whole.status <= 999);
  MERE_CHECK(!to_head || (!whole.has_body && whole.framing != AnswerParser::Framing::chunks));
  // No reader may see a length where the parser sees chunks, or none where it counts.
  MERE_CHECK(whole.framing != AnswerParser::Framing::chunks || !whole.length);
  MERE_CHECK(whole.framing != AnswerParser::Framing::length || whole.length);
  return 0;
}
