#include "base/json_writer.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstring>

#include "base/encoding.h"

namespace mere {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

// 1 for the bytes that stand for themselves inside a JSON string.
constexpr std::array<bool, 256> plain_bytes() {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\' && c != 0x7f;
  return plain;
}
constexpr std::array<bool, 256> kPlain = plain_bytes();

constexpr std::size_t kLane = 16;

// Whether all of kLane bytes stand for themselves, by one instruction on all for each thing asked.
bool all_plain(const char* bytes) {
  using Lane [[gnu::vector_size(kLane)]] = unsigned char;
  using Halves [[gnu::vector_size(kLane)]] = std::uint64_t;
  Lane lane;
  std::memcpy(&lane, bytes, sizeof lane);
  const auto no = (lane < 0x20) | (lane >= 0x7f) | (lane == '"') | (lane == '\\');
  Halves found;
  std::memcpy(&found, &no, sizeof found);
  return (found[0] | found[1]) == 0;
}

// How many bytes at the front stand for themselves.
std::size_t plain_length(std::string_view text) {
  std::size_t plain = 0;
  while (text.size() - plain >= kLane && all_plain(text.data() + plain)) plain += kLane;
  if (text.size() >= kLane && text.size() - plain < kLane && all_plain(text.data() + text.size() - kLane))
    return text.size();
  while (plain < text.size() && kPlain[static_cast<unsigned char>(text[plain])]) ++plain;
  return plain;
}

void append_control(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "\\u00";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

}  // namespace

void JsonWriter::key(std::string_view name) {
  string(name);
  out_ += ':';
  after_key_ = true;
}

void JsonWriter::string(std::string_view text) {
  value();
  out_ += '"';
  while (!text.empty()) {
    const std::size_t plain = plain_length(text);
    out_.append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (static_cast<unsigned char>(text.front()) < 0x80) {
      append_control(out_, text.front());
      text.remove_prefix(1);
    } else if (const std::size_t size = utf8_sequence(text); size > 0) {
      out_.append(text.data(), size);
      text.remove_prefix(size);
    } else {
      out_ += "\xef\xbf\xbd";
      text.remove_prefix(1);
    }
  }
  out_ += '"';
}

void JsonWriter::integer(std::int64_t number) {
  value();
  const fmt::format_int text(number);
  out_.append(text.data(), text.size());
}

void JsonWriter::unsigned_integer(std::uint64_t number) {
  value();
  const fmt::format_int text(number);
  out_.append(text.data(), text.size());
}

void JsonWriter::number(double number) {
  if (!std::isfinite(number)) return null();
  value();
  fmt::format_to(std::back_inserter(out_), "{}", number);
}

void JsonWriter::boolean(bool flag) {
  value();
  out_ += flag ? "true" : "false";
}

void JsonWriter::null() {
  value();
  out_ += "null";
}

void JsonWriter::raw(std::string_view json) {
  value();
  out_ += json;
}

void JsonWriter::string_map(const std::map<std::string, std::string>& map) {
  begin_object();
  for (const auto& [name, text] : map) {
    key(name);
    string(text);
  }
  end_object();
}

}  // namespace mere
