#include "base/encoding.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace mere {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kHexUpper = "0123456789ABCDEF";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kBase32Hex = "0123456789abcdefghijklmnopqrstuv";

using Digits = std::array<std::int8_t, 256>;  // -1: not a digit

constexpr Digits digits_of(std::string_view alphabet) {
  Digits digits{};
  for (auto& digit : digits) digit = -1;
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    digits[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  }
  return digits;
}

constexpr Digits kBase64Digits = digits_of(kBase64);
constexpr Digits kBase64UrlDigits = digits_of(kBase64Url);
constexpr Digits kBase32HexDigits = digits_of(kBase32Hex);

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Most significant bits first, `bits` to a character; the last character is filled up with zeros.
std::string encode_bits(std::string_view bytes, std::string_view alphabet, int bits) {
  std::string out;
  out.reserve((bytes.size() * 8 + static_cast<std::size_t>(bits) - 1) / static_cast<std::size_t>(bits) + 3);
  const std::uint32_t mask = (1u << bits) - 1;
  std::uint32_t buffer = 0;
  int held = 0;
  for (const char c : bytes) {
    buffer = (buffer << 8 | static_cast<unsigned char>(c)) & 0xffff;
    for (held += 8; held >= bits; held -= bits) out += alphabet[buffer >> (held - bits) & mask];
  }
  if (held > 0) out += alphabet[buffer << (bits - held) & mask];
  return out;
}

std::optional<std::string> decode_bits(std::string_view text, const Digits& digits, int bits) {
  std::string out(text.size() * static_cast<std::size_t>(bits) / 8, '\0');
  char* end = out.data();
  std::uint32_t buffer = 0;
  int held = 0;
  for (const char c : text) {
    const int digit = digits[static_cast<unsigned char>(c)];
    if (digit < 0) return std::nullopt;
    buffer = (buffer << bits | static_cast<std::uint32_t>(digit)) & 0xffff;
    held += bits;
    if (held >= 8) {
      held -= 8;
      *end++ = static_cast<char>(buffer >> held);
    }
  }
  // A whole character more than the bytes need, or one whose fill is not zero, is not ours.
  if (held >= bits || (buffer & ((1u << held) - 1)) != 0) return std::nullopt;
  return out;
}

// Without the '='s of a padded text; nullopt where they do not fill a group of four.
std::optional<std::string_view> without_padding(std::string_view text) {
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  if (padding > 0 && text.size() % 4 != 0) return std::nullopt;
  text.remove_suffix(padding);
  return text;
}

constexpr auto kUnreserved = [] {
  std::array<bool, 256> table{};
  for (int c = 0; c < 256; ++c) {
    table[static_cast<std::size_t>(c)] = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                                         (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' ||
                                         c == '~';
  }
  return table;
}();

}  // namespace

std::string to_hex(std::string_view bytes) {
  std::string out(bytes.size() * 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    out[2 * i] = kHex[byte >> 4];
    out[2 * i + 1] = kHex[byte & 15];
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out(text.size() / 2, '\0');
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = hex_digit(text[2 * i]);
    const int low = hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out[i] = static_cast<char>(high << 4 | low);
  }
  return out;
}

std::string to_base64(std::string_view bytes) {
  std::string out = encode_bits(bytes, kBase64, 6);
  while (out.size() % 4 != 0) out += '=';
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  const auto digits = without_padding(text);
  return digits ? decode_bits(*digits, kBase64Digits, 6) : std::nullopt;
}

std::string to_base64url(std::string_view bytes) {
  return encode_bits(bytes, kBase64Url, 6);
}

std::optional<std::string> from_base64url(std::string_view text) {
  const auto digits = without_padding(text);
  return digits ? decode_bits(*digits, kBase64UrlDigits, 6) : std::nullopt;
}

std::string to_base32hex(std::string_view bytes) {
  return encode_bits(bytes, kBase32Hex, 5);
}

std::optional<std::string> from_base32hex(std::string_view text) {
  return decode_bits(text, kBase32HexDigits, 5);
}

std::string percent_encode(std::string_view text, std::string_view keep) {
  const auto stays = [&](char c) {
    return kUnreserved[static_cast<unsigned char>(c)] || keep.find(c) != std::string_view::npos;
  };
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  while (!text.empty()) {
    const auto other =
        static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), stays) - text.begin());
    out.append(text, 0, other);
    text.remove_prefix(other);
    if (text.empty()) break;
    const auto byte = static_cast<unsigned char>(text.front());
    out += '%';
    out += kHexUpper[byte >> 4];
    out += kHexUpper[byte & 15];
    text.remove_prefix(1);
  }
  return out;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t escape = std::min(text.find('%'), text.size());
    out.append(text, 0, escape);
    if (plus_is_space) std::replace(out.end() - static_cast<std::ptrdiff_t>(escape), out.end(), '+', ' ');
    text.remove_prefix(escape);
    if (text.empty()) break;
    if (text.size() < 3) return std::nullopt;
    const int high = hex_digit(text[1]);
    const int low = hex_digit(text[2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
    text.remove_prefix(3);
  }
  return out;
}

std::size_t utf8_sequence(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](std::size_t i) { return i < text.size() && (at(i) & 0xc0) == 0x80; };
  if (text.empty()) return 0;
  const unsigned char lead = at(0);
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0;  // a continuation byte, or a longer form of an ASCII character
  if (lead < 0xe0) return continues(1) ? 2 : 0;
  if (lead < 0xf0) {
    if (!continues(1) || !continues(2)) return 0;
    if (lead == 0xe0 && at(1) < 0xa0) return 0;   // overlong
    if (lead == 0xed && at(1) >= 0xa0) return 0;  // surrogates
    return 3;
  }
  if (lead > 0xf4 || !continues(1) || !continues(2) || !continues(3)) return 0;
  if (lead == 0xf0 && at(1) < 0x90) return 0;   // overlong
  if (lead == 0xf4 && at(1) >= 0x90) return 0;  // above U+10FFFF
  return 4;
}

bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    // Most text is ASCII: eight bytes at a time.
    while (text.size() >= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data(), sizeof word);
      if ((word & 0x8080808080808080u) != 0) break;
      text.remove_prefix(8);
    }
    if (text.empty()) break;
    const std::size_t size = utf8_sequence(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace mere
