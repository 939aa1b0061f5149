// Writes one table: sorted records in, a file and its id out.
//
// Byte for byte what lakeFS writes for the same records, so that a tree has one id whoever made it; see
// docs/design/0001-storage-format.md for why RocksDB's writer cannot do that.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "tree/block_builder.h"
#include "tree/block_cursor.h"
#include "tree/snappy_encoder.h"
#include "tree/stored_block.h"
#include "tree/table_format.h"
#include "tree/table_id.h"
#include "tree/table_properties.h"

namespace mere::tree {

struct FinishedTable {
  std::string id;    // 64 lower-case hex digits
  std::string file;  // the whole table, to lie at its id
  std::string min_key;
  std::string max_key;
  std::uint64_t estimated_size_bytes = 0;
  std::int64_t count = 0;
};

// What a table is made in. One after the other in the same memory costs a quarter less than each in fresh
// pages.
struct TableRoom {
  std::string blocks;
  std::string stored;
  std::string file;
  std::size_t bytes() const { return blocks.capacity() + stored.capacity() + file.capacity(); }
};

// `corrupt`: what writers of tables and trees answer to keys that do not ascend.
Error out_of_order();

class TableWriter {
 public:
  // `properties` take part in the id: "type", and more in refs dumps. What is in `room` is of no interest.
  explicit TableWriter(std::map<std::string, std::string> properties, TableRoom room = {});

  // `value` as append_value() makes it. Errors: `corrupt` unless `key` is greater than the key before it.
  Status add(std::string_view key, std::string_view value);

  // Whether a block that begins with such a record would begin here.
  bool begins_block(std::size_t key_bytes, std::size_t value_bytes) const {
    return data_.empty() || data_.must_close_before(key_bytes, value_bytes);
  }
  // The same as to add the records of `block`, where begins_block(). Its first key is looked at, no other.
  Status add_block(const StoredBlock& block, const BlockSummary& summary);

  std::int64_t count() const { return count_; }
  const std::string& min_key() const { return min_key_; }
  std::string_view max_key() const { return data_.last_key(); }
  // The size that decides where ranges are cut: closed data blocks as they are stored, and the open data
  // and index blocks as they stand. Compresses what has not been compressed yet.
  std::uint64_t estimated_size_bytes();
  // It is not larger than this, which costs nothing.
  std::uint64_t largest_size_bytes() const {
    return facts_.data_bytes + unwritten_bytes_ + data_.size_bytes() + index_.size_bytes();
  }

  // Once; then nothing else but leave_room().
  FinishedTable finish();
  // For another table, with the file of this one, which is not needed any more.
  TableRoom leave_room(std::string file) && {
    return {std::move(closed_), std::move(stored_), std::move(file)};
  }

 private:
  struct Partition {
    std::string last_key;  // of its entries, with trailer
    std::string block;
  };

  // A closed data block. To compress one and to hash its records is most of what a table costs, and is left
  // to finish(), which another thread may call than add().
  struct Unwritten {
    std::size_t size = 0;
    std::string separator;
    std::uint64_t trailer = 0;
    std::size_t stored_size = 0;  // in `stored_`; 0: it is not
  };

  void close_data_block(std::string_view separator, std::uint64_t trailer);
  void close_data_block_before(std::string_view key);
  void write_data_blocks();
  void hash_records(std::string_view block);
  void close_index_block();
  BlockHandle write_index();
  BlockHandle write_properties(const FinishedTable& table);
  BlockHandle write_block(std::string_view block);  // compressed where that pays
  BlockHandle write_raw_block(std::string_view block);
  BlockHandle write_stored_block(std::string_view stored);
  void write_trailer(BlockHandle handle, Compression compression);

  std::map<std::string, std::string> properties_;
  TableIdHasher id_;
  SnappyEncoder snappy_;
  BlockBuilder data_{kRestartInterval};
  BlockBuilder index_{1};
  std::vector<Partition> partitions_;
  std::string closed_;   // the data blocks of `unwritten_`, one after the other
  std::string adopted_;  // how the block in `data_` is stored elsewhere, if it is
  std::string stored_;   // those of `unwritten_` that are stored elsewhere, one after the other
  std::vector<Unwritten> unwritten_;
  std::uint64_t unwritten_bytes_ = 0;  // what they add to the size at most
  std::string file_;
  BlockCursor records_;     // scratch
  std::string block_;       // scratch: a finished block
  std::string compressed_;  // scratch: the same, compressed
  std::string handle_;      // scratch: an index entry's value
  std::string min_key_;
  std::int64_t count_ = 0;
  TableFacts facts_;
};

}  // namespace mere::tree
