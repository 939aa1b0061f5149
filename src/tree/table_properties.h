// The properties block of a table, which says how to read it and what it holds, and the metaindex, which
// says where that block lies. Both map plain names to values: one restart, no key trailers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tree/table_format.h"

namespace mere::tree {

// What a finished table knows of itself, besides its user properties.
struct TableFacts {
  std::uint64_t data_bytes = 0;  // stored data blocks with trailers
  std::uint64_t data_blocks = 0;
  std::uint64_t entries = 0;
  std::uint64_t raw_key_bytes = 0;  // with trailers
  std::uint64_t raw_value_bytes = 0;
  std::uint64_t index_bytes = 0;       // before compression; two-level: partitions and the top level
  std::uint64_t index_partitions = 0;  // 0: the index has one level
  std::uint64_t top_index_bytes = 0;
};

// The name is a view: of a literal, or of what outlives the use.
using NamedValue = std::pair<std::string_view, std::string>;

// Appends a block of `names`, which ascend.
void append_plain_block(std::string& out, std::span<const NamedValue> names);

// Appends what readers of RocksDB's format expect.
void add_format_properties(std::vector<NamedValue>& all, const TableFacts& facts);

}  // namespace mere::tree
