// Reads one table. Every byte of it is untrusted: what does not fit together answers `corrupt`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/lru_cache.h"
#include "base/result.h"
#include "block/store.h"
#include "tree/block_cursor.h"
#include "tree/table_format.h"

namespace mere::tree {

// Where a block lies: 128 bits of a digest of the table's address, and the offset in it.
struct BlockKey {
  std::uint64_t table[2] = {0, 0};
  std::uint64_t offset = 0;
  friend bool operator==(const BlockKey&, const BlockKey&) = default;
};
struct BlockKeyHash {
  std::size_t operator()(const BlockKey& key) const noexcept {
    return key.table[0] ^ (key.offset * 0x9e3779b97f4a7c15u);
  }
};
using BlockCache = LruCache<BlockKey, Block, BlockKeyHash>;

// Bytes read in one go around a walk's position, so that a walk over a remote store is not a request a
// block. Its window doubles for as long as blocks follow one another. And the memory for what they are
// decoded into: threads that walk side by side would otherwise meet in malloc with each block.
class ReadAhead {
 public:
  Result<std::string_view> read(const block::Reader& file, std::uint64_t offset, std::size_t size);
  // A block that nobody else has: the one of before, once it was left.
  std::shared_ptr<Block> free_block();
  // Goes on in another file, with the room and the window that the walk has come to need.
  void leave_file() { size_ = 0; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::uint64_t offset_ = 0;
  std::size_t size_ = 0;
  std::size_t window_ = 0;
  std::shared_ptr<Block> block_;
};

// An open table: its file and its index. Immutable: any thread may call any method.
class Table {
 public:
  // `name` stands in errors; `key.table` tells the table's blocks apart in `cache` (or null: none are
  // kept), which outlives the table.
  static Result<std::shared_ptr<const Table>> open(std::unique_ptr<block::Reader> file, std::string name,
                                                   const BlockKey& key, BlockCache* cache);
  // A table of at most this size is held in memory, and needs no file once it is open.
  static constexpr std::size_t kMaxHeldBytes = 16384;
  static Result<std::shared_ptr<const Table>> open_bytes(std::string bytes, std::string name,
                                                         const BlockKey& key, BlockCache* cache);

  // A value, and the block that it is a view into; block is null if there is no such key.
  struct Found {
    std::shared_ptr<const Block> block;
    std::string_view value;
  };
  Result<Found> find(std::string_view key) const;
  // The value of the first key that is >= `key`.
  Result<Found> find_at_or_after(std::string_view key) const;

  // All of them, read from the file again: for checks and tools.
  Result<std::map<std::string, std::string>> read_properties() const;

  const std::string& name() const { return name_; }
  Error corrupt(std::string_view what) const;

 private:
  friend class IndexCursor;
  friend class TableCursor;

  Result<Found> find_in_block(BlockHandle handle, std::string_view key, bool exact) const;

  // Blocks of a walk's far end are neither looked for in the cache nor worth a place there.
  enum class Cached { yes, no };

  Table(std::unique_ptr<block::Reader> file, std::uint64_t file_bytes, std::string name, const BlockKey& key,
        BlockCache* cache);
  Status read_tail(std::string tail);
  Result<std::string> read_end(std::size_t at_most) const;  // or all of it, where that is in memory
  using PropertyVisitor = std::function<void(std::string_view name, std::string_view value)>;
  Status visit_properties(std::string_view tail, std::uint64_t tail_offset, BlockHandle metaindex,
                          const PropertyVisitor& visit) const;
  Result<std::shared_ptr<const Block>> load(BlockHandle handle, Cached cached, ReadAhead* ahead) const;
  // `into` (or null: a new one): what the block is decoded into.
  Result<std::shared_ptr<const Block>> read_block(BlockHandle handle, ReadAhead* ahead,
                                                  std::shared_ptr<Block> into = nullptr) const;
  // The block as it is stored, with its trailer, unchecked.
  Result<std::string_view> read_stored(BlockHandle handle, ReadAhead& ahead) const;
  Status check_stored(std::string_view stored) const;
  Status check_handle(BlockHandle handle) const;
  Result<std::shared_ptr<const Block>> block_in(std::string_view bytes, std::uint64_t offset,
                                                BlockHandle handle) const;
  Result<std::shared_ptr<const Block>> decode(std::string_view stored,
                                              std::shared_ptr<Block> into = nullptr) const;

  std::unique_ptr<block::Reader> file_;  // null if all of it is in `whole_`
  std::string name_;
  BlockKey key_;
  BlockCache* cache_;
  std::uint64_t file_bytes_;
  std::shared_ptr<const Block> index_;  // the only or the top level
  bool two_levels_ = false;
  std::string whole_;  // of a table that is smaller than what opening reads
};

// Walks the entries of a table's index: the last key (or a little more) and the place of each data block.
class IndexCursor {
 public:
  explicit IndexCursor(const Table& table);
  bool valid() const { return leaf().valid(); }
  const Status& status() const { return status_; }
  std::string_view separator() const { return leaf().key(); }  // >= every key of the block, < those after
  Result<BlockHandle> handle() const;

  void seek_to_first();
  void seek(std::string_view key);  // to the block that holds the first key >= `key`
  void next();

 private:
  const BlockCursor& leaf() const { return two_levels_ ? leaf_ : top_; }
  void begin();
  void enter_partition();
  void check();

  const Table& table_;
  bool two_levels_;
  BlockCursor top_;
  BlockCursor leaf_;
  Status status_;
};

// Walks the records of a table. Keys hold until the next move, values until the cursor leaves the block.
class TableCursor {
 public:
  // Of a walk. A page of a listing is worth keeping, one of folders too; the rest of a long walk would only
  // push others out.
  static constexpr int kBlocksCached = 128;
  // In a walk that has read `walked_blocks` of other tables: the more, the less are its blocks worth a place
  // in the cache.
  explicit TableCursor(std::shared_ptr<const Table> table, int walked_blocks = 0, ReadAhead ahead = {});
  bool valid() const { return block_.valid(); }
  const Status& status() const { return status_; }
  std::string_view key() const { return block_.key(); }
  std::string_view value() const { return block_.value(); }

  void seek_to_first();
  void seek(std::string_view key);  // the walk goes on if that is forward, else it begins again
  int walked_blocks() const { return walked_blocks_; }
  ReadAhead take_ahead() && { return std::move(ahead_); }
  void next() {
    block_.next();
    if (!block_.valid() || (block_.trailer() & 0xff) != kSetKind) settle();
  }
  const Table& table() const { return *table_; }

  // The block whose first record this stands on; null if it stands on another one.
  const Block* block_begun() const { return block_.at_first() ? block_.block().get() : nullptr; }
  // >= every key of the block, < those after it.
  std::string_view block_limit() const { return index_.separator(); }
  // How the block lies in the file, checked; holds until the next move.
  Result<std::string_view> stored_block();
  void skip_block();  // to the first record behind it

  // Where both stand at the start of equal blocks, past those and the equal ones that follow, which are
  // compared as they are stored. False if they do not.
  static bool skip_equal_blocks(TableCursor& a, TableCursor& b);
  // Both to their next records; where both leave a block, past equal blocks without decoding them.
  static void next_unequal(TableCursor& a, TableCursor& b);

 private:
  void enter_block();
  void enter_block_start();
  static void next_unequal_blocks(TableCursor& a, TableCursor& b);
  bool step_near(std::string_view key);  // to the block of a key that is not far ahead
  void settle();                         // on the next record, or at the end with a status
  void fail(Error error);

  std::shared_ptr<const Table> table_;
  IndexCursor index_;
  BlockCursor block_;
  ReadAhead ahead_;
  int walked_blocks_;
  bool is_stored_ahead_ = false;  // the block was decoded from what `ahead_` holds
  Status status_;
};

}  // namespace mere::tree
