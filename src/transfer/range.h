// The Range header of reads (RFC 9110, section 14), as far as the API takes it: one range of bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mere::transfer {

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;

  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

struct RangeError {
  bool past_the_end = false;  // the answer says the size: Content-Range: bytes */size
};

// "bytes=0-9", "bytes=5-", "bytes=-3" of an object of `size` bytes; the end is clamped.
struct ParsedRange {
  std::optional<ByteRange> range;
  RangeError error;  // if there is no range
};
ParsedRange parse_range(std::string_view header, std::uint64_t size);

// "bytes 0-9/100"; `range` is not empty.
std::string content_range(const ByteRange& range, std::uint64_t size);

}  // namespace mere::transfer
