// A data block of one table that another one may take over as it is stored, instead of compressing the same
// records again. The new table is the same, byte for byte: only a block that its writer would have made is
// taken over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tree/block_cursor.h"

namespace mere::tree {

// Views into the table it comes from; they hold until its walker moves.
struct StoredBlock {
  const Block& block;
  std::string_view bytes;  // as they lie in the file, with their trailer; checked
};

// What a walk over a block's records finds out.
struct BlockSummary {
  std::size_t records = 0;
  std::string first_key;
  std::string last_key;             // with its trailer
  std::uint64_t raw_key_bytes = 0;  // with their trailers
  std::uint64_t raw_value_bytes = 0;
};

}  // namespace mere::tree
