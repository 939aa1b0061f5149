#include "tree/typed_hash.h"

namespace mere::tree {
namespace {

// Item tags.
constexpr char kBytes = 0;
constexpr char kString = 1;
constexpr char kInt = 2;
constexpr char kStrings = 3;
constexpr char kMap = 4;
constexpr char kIdentity = 5;

}  // namespace

// | 02 | 08 | i64 BE |
void append_typed_int(std::string& out, std::int64_t value) {
  char item[10] = {kInt, 8};
  const auto bits = static_cast<std::uint64_t>(value);
  for (int i = 0; i < 8; ++i) item[2 + i] = static_cast<char>(bits >> (56 - 8 * i));
  out.append(item, sizeof item);
}

void append_typed_bytes(std::string& out, std::string_view value) {
  out += kBytes;
  append_typed_int(out, static_cast<std::int64_t>(value.size()));
  out += value;
}

void append_typed_string(std::string& out, std::string_view value) {
  out += kString;
  append_typed_int(out, static_cast<std::int64_t>(value.size()));
  out += value;
}

void append_typed_strings(std::string& out, std::span<const std::string> values) {
  out += kStrings;
  append_typed_int(out, static_cast<std::int64_t>(values.size()));
  for (const std::string& value : values) append_typed_string(out, value);
}

void append_typed_map(std::string& out, const std::map<std::string, std::string>& values) {
  out += kMap;
  append_typed_int(out, static_cast<std::int64_t>(values.size()));
  for (const auto& [key, value] : values) {
    append_typed_string(out, key);
    append_typed_string(out, value);
  }
}

void append_typed_identity(std::string& out, std::string_view raw_digest) {
  out += kIdentity;
  append_typed_bytes(out, raw_digest);
}

}  // namespace mere::tree
