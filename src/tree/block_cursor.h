// One decoded block of a table, and a walk over its entries. The bytes come from outside: whatever they
// are, a cursor stays inside them and reports what it cannot read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "tree/table_format.h"

namespace mere::tree {

// Shared by the block cache and by cursors that stand in it, and not changed while it is. Layout: see
// block_builder.h.
class Block {
 public:
  // Room for `size` bytes, to be filled and then settled; what was here before is gone. Whoever calls it is
  // alone with the block.
  std::span<char> make_room(std::size_t size);
  // False if the bytes cannot be a block.
  [[nodiscard]] bool settle();

  std::string_view entries() const { return {bytes_.get(), entries_bytes_}; }
  std::uint32_t restart_count() const { return restarts_; }
  std::uint32_t restart(std::uint32_t i) const {
    return load_u32(bytes_.get() + entries_bytes_ + 4 * std::size_t{i});
  }
  // What it costs to keep; room that an earlier block needed does not count, as that one is not kept.
  std::size_t memory_bytes() const { return size_ + sizeof(Block) + 96; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
  std::size_t entries_bytes_ = 0;
  std::uint32_t restarts_ = 0;
};

// Stands on an entry or on none. Keys and values hold until the next move; values as long as the block.
class BlockCursor {
 public:
  // Keys end in a trailer of this size (kKeyTrailerBytes), or are plain (0).
  explicit BlockCursor(std::size_t trailer_bytes = kKeyTrailerBytes) : trailer_bytes_(trailer_bytes) {}
  BlockCursor(const BlockCursor&) = delete;  // key_ may point into buffer_

  // Into another block, standing on none of its entries.
  void enter(std::shared_ptr<const Block> block);
  void leave() { enter(nullptr); }
  // Into the entries of a block that the caller keeps, to go through them from the first on.
  void enter_entries(std::string_view entries);

  bool valid() const { return valid_; }
  bool malformed() const { return malformed_; }  // then never valid
  const std::shared_ptr<const Block>& block() const { return block_; }
  bool at_first() const { return valid_ && entry_ == begin_; }
  bool at_last() const { return valid_ && next_ == end_; }

  std::string_view key() const { return {key_, key_bytes_ - trailer_bytes_}; }
  std::uint64_t trailer() const {
    return load_u64(key_ + key_bytes_ - kKeyTrailerBytes);
  }  // of keys that have one
  std::string_view value() const { return value_; }

  void seek_to_first();
  // To the first entry whose key is >= `key`; on none if there is none.
  void seek(std::string_view key);
  void next() { read_entry(next_); }

 private:
  void read_entry(const char* at);
  bool key_at_restart(std::uint32_t restart, std::string_view& key);
  void fail();
  void grow_buffer(std::size_t bytes);

  std::size_t trailer_bytes_;
  std::shared_ptr<const Block> block_;
  const char* begin_ = nullptr;
  const char* end_ = nullptr;  // of the entries
  const char* entry_ = nullptr;
  const char* next_ = nullptr;
  const char* key_ = nullptr;  // in the block if the entry shares nothing, else in buffer_
  std::size_t key_bytes_ = 0;  // with trailer
  std::string_view value_;
  std::string buffer_;
  bool valid_ = false;
  bool malformed_ = false;
};

}  // namespace mere::tree
