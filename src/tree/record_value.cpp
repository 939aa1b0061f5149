#include "tree/record_value.h"

#include <algorithm>

#include "base/wire.h"

namespace mere::tree {
namespace {

void append_length(std::string& out, std::size_t length) {
  append_uvarint(out, std::uint64_t{length} << 1);
}

// Lengths below 8192, which is nearly all, are one byte or two: read here, as every record has two.
bool take_part(std::string_view& in, std::string_view& part) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(in[i]); };
  std::uint64_t zigzag = 0;
  if (in.size() >= 2 && byte(0) < 0x80) {
    zigzag = byte(0);
    in.remove_prefix(1);
  } else if (in.size() >= 2 && byte(1) < 0x80) {
    zigzag = (byte(0) & 0x7fu) | std::uint64_t{byte(1)} << 7;
    in.remove_prefix(2);
  } else if (!take_uvarint(in, zigzag)) {
    return false;
  }
  const std::uint64_t length = zigzag >> 1;
  if ((zigzag & 1) != 0 || length > in.size() || length > kMaxValuePartBytes) return false;  // odd: negative
  part = in.substr(0, length);
  in.remove_prefix(length);
  return true;
}

Error bad_range() {
  return {Code::corrupt, "a metarange holds a record that does not describe a range"};
}

}  // namespace

void append_value(std::string& out, std::string_view identity, std::string_view data) {
  append_length(out, identity.size());
  out += identity;
  append_length(out, data.size());
  out += data;
}

bool split_value(std::string_view value, std::string_view& identity, std::string_view& data) {
  return take_part(value, identity) && take_part(value, data);
}

Range RangeView::to_range() const {
  return {RangeId(id), std::string(min_key), std::string(max_key), estimated_size_bytes, count};
}

// RangeData: 1 min_key bytes · 2 max_key bytes · 3 estimated_size uint64 · 4 count int64
std::string encode_range_value(const Range& range) {
  std::string data;
  WireWriter wire(data);
  wire.bytes(1, range.min_key);
  wire.bytes(2, range.max_key);
  wire.varint(3, range.estimated_size_bytes);
  wire.varint(4, static_cast<std::uint64_t>(range.count));
  std::string value;
  append_value(value, range.id.str(), data);
  return value;
}

Result<RangeView> decode_range_value(std::string_view value) {
  RangeView range;
  std::string_view data;
  if (!split_value(value, range.id, data) || !is_table_id(range.id)) return bad_range();
  WireReader wire(data);
  while (wire.next()) {
    switch (wire.field()) {
      case 1:
        range.min_key = wire.bytes();
        break;
      case 2:
        range.max_key = wire.bytes();
        break;
      case 3:
        range.estimated_size_bytes = wire.varint();
        break;
      case 4:
        range.count = static_cast<std::int64_t>(wire.varint());
        break;
      default:
        break;
    }
    if (wire.failed()) return bad_range();
  }
  if (wire.failed() || range.min_key > range.max_key || range.count < 0) return bad_range();
  return range;
}

Result<RangeView> decode_range_record(std::string_view key, std::string_view value) {
  ASSIGN_OR_RETURN(const RangeView range, decode_range_value(value));
  if (range.max_key != key) return bad_range();
  return range;
}

bool is_table_id(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace mere::tree
