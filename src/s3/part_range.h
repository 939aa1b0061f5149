// Parts of a finished object, as they were uploaded: "::mere::part-sizes" holds the sizes of its parts, runs
// of equal ones as "size*count": "8388608*3,17".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "s3/outcome.h"
#include "transfer/range.h"
#include "tree/types.h"

namespace mere::s3 {

inline constexpr std::string_view kPartSizesKey = "::mere::part-sizes";

struct PartRange {
  transfer::ByteRange range;
  int parts = 0;  // of an object uploaded in parts; else 0
};
// The piece that ?partNumber= names; an object in one piece is its own part 1. `InvalidPartNumber` if there
// is none of that number, `InvalidArgument` if it is no number from 1 to 10000.
Outcome<PartRange> part_range(const tree::Entry& entry, std::string_view number);

// Sizes of the parts in order; empty if they are not known.
std::vector<std::uint64_t> part_sizes_of(const tree::Entry& entry);
std::string encode_part_sizes(const std::vector<std::uint64_t>& sizes);

}  // namespace mere::s3
