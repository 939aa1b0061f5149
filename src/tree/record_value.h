// What stands under a key in a table: an identity and the data it is the identity of.
//
//   value = | zigzag varint n | identity, n bytes | zigzag varint m | data, m bytes |
//
// Zigzag because the lengths are written as signed: 32 is 0x40. Bytes after the data are ignored.
//   in a range:      identity = 32 raw bytes,       data = the entry
//   in a metarange:  identity = range id, 64 hex,   data = RangeData
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tree/types.h"

namespace mere::tree {

// Larger identities or data are not read by other implementations, and not written by us.
inline constexpr std::size_t kMaxValuePartBytes = std::size_t{640} << 16;

void append_value(std::string& out, std::string_view identity, std::string_view data);

// Views into `value`; false if it is malformed.
bool split_value(std::string_view value, std::string_view& identity, std::string_view& data);

// What a metarange says of a range; views into the record it was read from.
struct RangeView {
  std::string_view id;
  std::string_view min_key;
  std::string_view max_key;
  std::uint64_t estimated_size_bytes = 0;
  std::int64_t count = 0;

  Range to_range() const;
};

// The value of a metarange's record; its key is the range's max key.
std::string encode_range_value(const Range& range);
// `corrupt` for what no writer makes: an id that is not one, bounds in the wrong order, ...
Result<RangeView> decode_range_value(std::string_view value);
// ... a key that is not the max key.
Result<RangeView> decode_range_record(std::string_view key, std::string_view value);

// 64 lower-case hex digits. Checked wherever a text becomes part of an address.
bool is_table_id(std::string_view text);

}  // namespace mere::tree
