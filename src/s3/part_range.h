// ?partNumber=: a part of a finished object, as it was uploaded.
#pragma once

#include <string_view>

#include "s3/outcome.h"
#include "transfer/range.h"
#include "tree/types.h"

namespace mere::s3 {

struct PartRange {
  transfer::ByteRange range;
  int parts = 0;          // of an object uploaded in parts; else 0
  std::size_t index = 0;  // of the part among them
};
// The piece that ?partNumber= names; an object in one piece is its own part 1. `InvalidPartNumber` if there
// is none of that number, `InvalidArgument` if it is no number from 1 to 10000.
Outcome<PartRange> part_range(const tree::Entry& entry, std::string_view number);

}  // namespace mere::s3
