#include "block/key_between.h"

#include <algorithm>

namespace mere::block {
namespace {

constexpr int kBeforeAll = ' ' - 1;  // the place of a character where a text has ended
constexpr int kBehindAll = 0x7f;     // behind what keys are nearly always made of

// The end of the kind of `character`.
int end_of_kind(int character) {
  for (const auto& [first, last] : {std::pair('0', '9'), std::pair('A', 'Z'), std::pair('a', 'z')})
    if (character >= first && character <= last) return last + 1;
  return kBehindAll;
}

// A character behind `low` and before `high`, half way; 0: none.
char half_way(int low, int high) {
  const int middle = low + (high - low + 1) / 2;
  return low < middle && middle < high ? static_cast<char>(middle) : '\0';
}

int character_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : kBeforeAll;
}

}  // namespace

std::optional<std::string> key_between(std::string_view low, std::string_view high) {
  const auto parted = std::mismatch(low.begin(), low.end(), high.begin(), high.end());
  const auto first = static_cast<std::size_t>(parted.first - low.begin());
  if (first >= high.size()) return std::nullopt;
  const auto cut = [&](std::size_t at, char with) { return std::string(low.substr(0, at)) + with; };
  // Behind the first place all that begins as `low` does is before `high`.
  const auto limit_at = [&](std::size_t at) { return at == first ? character_at(high, at) : kBehindAll; };

  for (const bool within_kind : {true, false}) {
    for (std::size_t at = first; at < low.size() || at == first; ++at) {
      const int character = character_at(low, at);
      const int limit = within_kind ? std::min(limit_at(at), end_of_kind(character)) : limit_at(at);
      if (const char middle = half_way(character, limit); middle != '\0') return cut(at, middle);
    }
  }
  return std::nullopt;
}

std::optional<std::string> behind_common_prefix(std::string_view first, std::string_view last) {
  const auto parted = std::mismatch(first.begin(), first.end(), last.begin(), last.end());
  std::string prefix(first.begin(), parted.first);
  while (!prefix.empty() && character_at(prefix, prefix.size() - 1) >= kBehindAll - 1) prefix.pop_back();
  if (prefix.empty()) return std::nullopt;
  ++prefix.back();
  return prefix;
}

}  // namespace mere::block
