// Builds one block of a table: entries in key order, keys sharing prefixes with the one before.
//
//   entry = | shared uvarint | unshared uvarint | value size uvarint | key's last `unshared` bytes | value |
//   block = entries | offsets of the entries that share nothing ("restarts"), u32 LE each | their count u32
//   LE |
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tree/block_cursor.h"

namespace mere::tree {

class BlockBuilder {
 public:
  // Every `restart_interval`-th key is stored whole.
  explicit BlockBuilder(std::size_t restart_interval) : restart_interval_(restart_interval) {}

  // `key` without its trailer; greater than the key before it.
  void add(std::string_view key, std::uint64_t trailer, std::string_view value);

  // The same as to add all records of a block that another builder made, with this restart interval. Only
  // while empty. `last_key`: of the block, with its trailer.
  void adopt(const Block& block, std::size_t records, std::string_view last_key);

  bool empty() const { return entries_ == 0; }
  std::size_t entries() const { return entries_; }
  // The key that was added last, without and with its trailer; it survives finish().
  std::string_view last_key() const;
  std::string_view last_internal_key() const { return last_key_; }

  // What the block would take if it were finished now; 4 while it is empty.
  std::size_t size_bytes() const { return buffer_.size() + 4 * restarts_.size() + 4; }
  // Whether the block must be closed before an entry of this size. A key size without trailer.
  bool must_close_before(std::size_t key_bytes, std::size_t value_bytes) const;

  // The block's bytes, appended to `out`; the builder is empty again.
  void finish(std::string& out);

 private:
  std::size_t restart_interval_;
  std::size_t entries_ = 0;
  std::string buffer_;
  std::vector<std::uint32_t> restarts_;
  std::string last_key_;  // with its trailer
};

}  // namespace mere::tree
