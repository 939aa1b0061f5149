#include "transfer/range.h"

#include "base/text.h"

namespace mere::transfer {
ParsedRange parse_range(std::string_view header, std::uint64_t size) {
  const ParsedRange refused{std::nullopt, {false}};
  const ParsedRange past_the_end{std::nullopt, {true}};
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return refused;
  header.remove_prefix(kUnit.size());
  const auto dash = header.find('-');
  if (dash == std::string_view::npos || header.find(',') != std::string_view::npos) return refused;

  const std::string_view first_text = header.substr(0, dash);
  const std::string_view last_text = header.substr(dash + 1);
  if (first_text.empty()) {
    const auto length = parse_integer<std::uint64_t>(last_text);
    if (!length) return refused;
    if (*length == 0 || size == 0) return past_the_end;
    const std::uint64_t taken = std::min(*length, size);
    return {ByteRange{size - taken, taken}, {}};
  }

  const auto first = parse_integer<std::uint64_t>(first_text);
  if (!first) return refused;
  std::uint64_t last = size == 0 ? 0 : size - 1;
  if (!last_text.empty()) {
    const auto asked = parse_integer<std::uint64_t>(last_text);
    if (!asked || *asked < *first) return refused;
    last = std::min(last, *asked);
  }
  if (*first >= size) return past_the_end;
  return {ByteRange{*first, last - *first + 1}, {}};
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
  return "bytes " + std::to_string(range.offset) + "-" + std::to_string(range.offset + range.length - 1) +
         "/" + std::to_string(size);
}

}  // namespace mere::transfer
