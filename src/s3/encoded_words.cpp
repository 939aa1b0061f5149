#include "s3/encoded_words.h"

#include <algorithm>

#include "base/encoding.h"
#include "http/message.h"

namespace mere::s3 {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

std::optional<std::string> decode_q(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    if (text[0] == '=') {
      const auto byte = from_hex(text.substr(1, 2));
      if (text.size() < 3 || !byte) return std::nullopt;
      bytes += *byte;
      text.remove_prefix(3);
      continue;
    }
    bytes += text[0] == '_' ? ' ' : text[0];
    text.remove_prefix(1);
  }
  return bytes;
}

std::optional<std::string> to_utf8(std::string_view charset, std::string bytes) {
  if (http::equal_ignoring_case(charset, "iso-8859-1")) {
    std::string text;
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x80) {
        text += c;
      } else {
        text += {static_cast<char>(0xc0 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3f))};
      }
    }
    return text;
  }
  const bool known =
      http::equal_ignoring_case(charset, "utf-8") || http::equal_ignoring_case(charset, "us-ascii");
  if (!known || !is_valid_utf8(bytes)) return std::nullopt;
  return bytes;
}

struct Word {
  std::string_view charset;
  char encoding = 0;  // 'q' or 'b'
  std::string_view text;
  std::size_t length = 0;  // of the whole word
};

// The encoded word that `value` starts with.
std::optional<Word> word_at(std::string_view value) {
  if (!value.starts_with("=?")) return std::nullopt;
  const auto first = value.find('?', 2);
  if (first == value.npos || first + 2 >= value.size() || value[first + 2] != '?') return std::nullopt;
  const char encoding = static_cast<char>(value[first + 1] | 0x20);
  if (encoding != 'q' && encoding != 'b') return std::nullopt;
  const auto end = value.find("?=", first + 3);
  if (end == value.npos) return std::nullopt;
  return Word{value.substr(2, first - 2), encoding, value.substr(first + 3, end - first - 3), end + 2};
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t") == text.npos;
}

}  // namespace

std::optional<std::string> decode_words(std::string_view value) {
  std::string decoded;
  std::string_view between;  // since the last word: blanks between two words are no part of the text
  bool after_word = false;
  while (!value.empty()) {
    const auto start = value.find("=?");
    const auto word = start == value.npos ? std::nullopt : word_at(value.substr(start));
    if (!word) {
      const std::size_t plain = start == value.npos ? value.size() : start + 2;
      decoded += value.substr(0, plain);
      value.remove_prefix(plain);
      after_word = false;
      continue;
    }
    between = value.substr(0, start);
    if (!(after_word && is_blank(between))) decoded += between;
    auto bytes = word->encoding == 'q' ? decode_q(word->text) : from_base64(word->text);
    if (!bytes) return std::nullopt;
    const auto text = to_utf8(word->charset, *std::move(bytes));
    if (!text) return std::nullopt;
    decoded += *text;
    value.remove_prefix(start + word->length);
    after_word = true;
  }
  return decoded;
}

std::string encode_words(std::string_view text) {
  const auto is_plain = [](char c) { return (c >= ' ' && c <= '~') || c == '\t'; };
  if (std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  std::string word = "=?utf-8?q?";
  for (const char c : text) {
    if (c == ' ') {
      word += '_';
    } else if (c > ' ' && c <= '~' && c != '=' && c != '?' && c != '_') {
      word += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      word += {'=', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return word + "?=";
}

}  // namespace mere::s3
