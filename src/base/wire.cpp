#include "base/wire.h"

namespace mere {
namespace {

enum WireType : int { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
constexpr std::uint64_t kMaxField = (1u << 29) - 1;

void append_tag(std::string& out, int field, WireType type) {
  append_uvarint(out, static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(type));
}

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

}  // namespace

void append_uvarint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

bool take_long_uvarint(std::string_view& in, std::uint64_t& value) {
  value = 0;
  for (std::size_t i = 0; i < in.size() && i < 10; ++i) {
    const auto byte = static_cast<unsigned char>(in[i]);
    if (i == 9 && byte > 1) return false;  // more than 64 bits
    value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      in.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

void WireWriter::varint(int field, std::uint64_t value) {
  if (value == 0) return;
  append_tag(out_, field, kVarint);
  append_uvarint(out_, value);
}

void WireWriter::bytes(int field, std::string_view value) {
  if (!value.empty()) bytes_always(field, value);
}

void WireWriter::bytes_always(int field, std::string_view value) {
  append_tag(out_, field, kBytes);
  append_uvarint(out_, value.size());
  out_ += value;
}

void WireWriter::timestamp(int field, Timestamp value) {
  std::string message;
  WireWriter inner(message);
  inner.varint(1, static_cast<std::uint64_t>(value.seconds));
  inner.varint(2, static_cast<std::uint64_t>(static_cast<std::int64_t>(value.nanos)));
  bytes_always(field, message);
}

void WireWriter::string_map(int field, const std::map<std::string, std::string>& value) {
  std::string entry;
  for (const auto& [name, text] : value) {
    entry.clear();
    WireWriter inner(entry);
    inner.bytes_always(1, name);
    inner.bytes_always(2, text);
    bytes_always(field, entry);
  }
}

bool WireReader::next() {
  if (failed_ || rest_.empty()) return false;
  failed_ = true;  // until the whole field is read
  std::uint64_t tag = 0;
  if (!take_uvarint(rest_, tag)) return false;
  const std::uint64_t number = tag >> 3;
  if (number == 0 || number > kMaxField) return false;
  field_ = static_cast<int>(number);
  type_ = static_cast<int>(tag & 7);
  bytes_ = {};
  number_ = 0;
  switch (type_) {
    case kVarint:
      if (!take_uvarint(rest_, number_)) return false;
      break;
    case kFixed64:
    case kFixed32: {
      const std::size_t size = type_ == kFixed64 ? 8 : 4;
      if (rest_.size() < size) return false;
      number_ = little_endian(rest_.substr(0, size));
      rest_.remove_prefix(size);
      break;
    }
    case kBytes: {
      std::uint64_t size = 0;
      if (!take_uvarint(rest_, size) || size > rest_.size()) return false;
      bytes_ = rest_.substr(0, size);
      rest_.remove_prefix(size);
      break;
    }
    default:  // groups are not in proto3
      return false;
  }
  failed_ = false;
  return true;
}

std::uint64_t WireReader::varint() {
  if (type_ == kVarint) return number_;
  failed_ = true;
  return 0;
}

std::string_view WireReader::bytes() {
  if (type_ == kBytes) return bytes_;
  failed_ = true;
  return {};
}

Timestamp WireReader::timestamp() {
  Timestamp time;
  WireReader in(bytes());
  while (in.next()) {
    if (in.field() == 1) time.seconds = static_cast<std::int64_t>(in.varint());
    if (in.field() == 2) time.nanos = static_cast<std::int32_t>(in.varint());
  }
  if (in.failed() || time.nanos < 0 || time.nanos > 999'999'999) failed_ = true;
  return failed_ ? Timestamp{} : time;
}

void WireReader::string_map_entry(std::map<std::string, std::string>& into) {
  std::string_view name;
  std::string_view text;
  WireReader in(bytes());
  while (in.next()) {
    if (in.field() == 1) name = in.bytes();
    if (in.field() == 2) text = in.bytes();
  }
  if (in.failed()) failed_ = true;
  if (!failed_) into.insert_or_assign(std::string(name), std::string(text));
}

}  // namespace mere
