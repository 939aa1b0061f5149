#include "tree/table.h"

#include <zstd.h>

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "base/wire.h"
#include "tree/snappy_decoder.h"

namespace mere::tree {
namespace {

// What opening reads of a file's end: footer, metaindex, properties and a top-level index fit.
constexpr std::size_t kTailBytes = Table::kMaxHeldBytes;
// No writer makes larger blocks: a block is cut at 4 KiB, or holds one record.
constexpr std::size_t kMaxBlockBytes = 2 * (std::size_t{640} << 16) + (1 << 20);

std::unique_ptr<char[]> make_bytes(std::size_t size) {
  return std::make_unique_for_overwrite<char[]>(size);
}

Result<std::size_t> read_at(const block::Reader& file, std::uint64_t offset, char* into, std::size_t size) {
  return file.read_at(offset, std::as_writable_bytes(std::span(into, size)));
}

}  // namespace

Result<std::string_view> ReadAhead::read(const block::Reader& file, std::uint64_t offset, std::size_t size) {
  constexpr std::size_t kFirstWindow = 16 << 10;
  constexpr std::size_t kLastWindow = 1 << 20;
  if (offset < offset_ || offset + size > offset_ + size_) {
    const bool follows = size_ > 0 && offset >= offset_ && offset <= offset_ + size_;
    const bool begins_file = size_ == 0 && window_ > 0;
    window_ = follows ? std::min(2 * window_, kLastWindow) : begins_file ? window_ : kFirstWindow;
    const std::size_t wanted = std::max(window_, size);
    if (capacity_ < wanted) {
      bytes_ = make_bytes(wanted);
      capacity_ = wanted;
    }
    size_ = 0;
    ASSIGN_OR_RETURN(size_, read_at(file, offset, bytes_.get(), wanted));
    offset_ = offset;
  }
  const std::size_t skipped = offset - offset_;
  return std::string_view(bytes_.get() + skipped, std::min(size, size_ - skipped));
}

std::shared_ptr<Block> ReadAhead::free_block() {
  if (block_ == nullptr || block_.use_count() > 1) block_ = std::make_shared<Block>();
  return block_;
}

Table::Table(std::unique_ptr<block::Reader> file, std::uint64_t file_bytes, std::string name,
             const BlockKey& key, BlockCache* cache)
    : file_(std::move(file)), name_(std::move(name)), key_(key), cache_(cache), file_bytes_(file_bytes) {}

Error Table::corrupt(std::string_view what) const {
  return {Code::corrupt, "table " + name_ + ": " + std::string(what)};
}

Result<std::shared_ptr<const Table>> Table::open(std::unique_ptr<block::Reader> file, std::string name,
                                                 const BlockKey& key, BlockCache* cache) {
  const std::uint64_t file_bytes = file->properties().size_bytes;
  std::shared_ptr<Table> table(new Table(std::move(file), file_bytes, std::move(name), key, cache));
  ASSIGN_OR_RETURN(std::string tail, table->read_end(kTailBytes));
  RETURN_IF_ERROR(table->read_tail(std::move(tail)));
  return std::shared_ptr<const Table>(std::move(table));
}

Result<std::shared_ptr<const Table>> Table::open_bytes(std::string bytes, std::string name,
                                                       const BlockKey& key, BlockCache* cache) {
  MERE_CHECK(bytes.size() <= kMaxHeldBytes);
  std::shared_ptr<Table> table(new Table(nullptr, bytes.size(), std::move(name), key, cache));
  RETURN_IF_ERROR(table->read_tail(std::move(bytes)));
  return std::shared_ptr<const Table>(std::move(table));
}

Status Table::read_tail(std::string tail) {
  const std::uint64_t offset = file_bytes_ - tail.size();
  auto footer = decode_footer(tail);
  if (!footer) return corrupt(footer.error().message);

  bool has_other_index = false;
  std::optional<std::uint32_t> index_type;
  bool is_malformed = false;
  RETURN_IF_ERROR(
      visit_properties(tail, offset, footer->metaindex, [&](std::string_view name, std::string_view value) {
        if (name == kIndexUserKeyProperty || name == kIndexDeltaProperty) {
          std::uint64_t flag = 0;
          has_other_index = has_other_index || (take_uvarint(value, flag) && flag != 0);
        } else if (name == kIndexTypeProperty) {
          is_malformed = value.size() != 4;
          if (!is_malformed) index_type = load_u32(value.data());
        }
      }));
  if (has_other_index) return corrupt("its index is of a form that format version 2 does not have");
  if (is_malformed) return corrupt("malformed index type");
  if (index_type && *index_type != kBinarySearchIndex && *index_type != kTwoLevelIndex)
    return corrupt("unknown index type");
  two_levels_ = index_type == kTwoLevelIndex;

  ASSIGN_OR_RETURN(index_, block_in(tail, offset, footer->index));
  if (offset == 0) {
    whole_ = std::move(tail);
    file_.reset();
  }
  return {};
}

Status Table::visit_properties(std::string_view tail, std::uint64_t tail_offset, BlockHandle metaindex,
                               const PropertyVisitor& visit) const {
  ASSIGN_OR_RETURN(auto metaindex_block, block_in(tail, tail_offset, metaindex));
  BlockCursor names(0);
  names.enter(std::move(metaindex_block));
  for (names.seek_to_first(); names.valid(); names.next()) {
    if (names.key() != kPropertiesBlockName) continue;
    BlockHandle handle;
    std::string_view value = names.value();
    if (!take_handle(value, handle)) return corrupt("malformed metaindex");
    ASSIGN_OR_RETURN(auto block, block_in(tail, tail_offset, handle));
    BlockCursor cursor(0);
    cursor.enter(std::move(block));
    for (cursor.seek_to_first(); cursor.valid(); cursor.next()) visit(cursor.key(), cursor.value());
    if (cursor.malformed()) return corrupt("malformed properties");
  }
  if (names.malformed()) return corrupt("malformed metaindex");
  return {};
}

Result<std::string> Table::read_end(std::size_t at_most) const {
  if (file_ == nullptr) return whole_;
  std::string end(std::min<std::uint64_t>(file_bytes_, at_most), '\0');
  ASSIGN_OR_RETURN(const std::size_t got, read_at(*file_, file_bytes_ - end.size(), end.data(), end.size()));
  if (got != end.size()) return corrupt("shorter than its store says");
  return end;
}

Result<std::map<std::string, std::string>> Table::read_properties() const {
  ASSIGN_OR_RETURN(const std::string end, read_end(kFooterBytes));
  ASSIGN_OR_RETURN(const Footer footer, decode_footer(end));
  std::map<std::string, std::string> properties;
  RETURN_IF_ERROR(
      visit_properties({}, 0, footer.metaindex, [&](std::string_view name, std::string_view value) {
        properties.insert_or_assign(std::string(name), std::string(value));
      }));
  return properties;
}

Status Table::check_handle(BlockHandle handle) const {
  if (handle.size > file_bytes_ || handle.offset > file_bytes_ - handle.size ||
      kTrailerBytes > file_bytes_ - handle.size - handle.offset) {
    return corrupt("a block lies outside of it");
  }
  if (handle.size > kMaxBlockBytes) return corrupt("a block is larger than any writer makes");
  return {};
}

// From `bytes`, which lie at `offset` of the file, if the block is in them.
Result<std::shared_ptr<const Block>> Table::block_in(std::string_view bytes, std::uint64_t offset,
                                                     BlockHandle handle) const {
  RETURN_IF_ERROR(check_handle(handle));
  const std::size_t stored = handle.size + kTrailerBytes;
  if (handle.offset >= offset && handle.offset - offset <= bytes.size() &&
      stored <= bytes.size() - (handle.offset - offset)) {
    return decode(bytes.substr(handle.offset - offset, stored));
  }
  return read_block(handle, nullptr);
}

Result<std::shared_ptr<const Block>> Table::load(BlockHandle handle, Cached cached, ReadAhead* ahead) const {
  BlockKey key = key_;
  key.offset = handle.offset;
  if (cached == Cached::no || cache_ == nullptr)
    return read_block(handle, ahead, ahead != nullptr ? ahead->free_block() : nullptr);
  if (auto found = cache_->get(key)) return found;
  ASSIGN_OR_RETURN(auto block, read_block(handle, ahead));
  cache_->put(key, block, block->memory_bytes());
  return block;
}

Result<std::shared_ptr<const Block>> Table::read_block(BlockHandle handle, ReadAhead* ahead,
                                                       std::shared_ptr<Block> into) const {
  RETURN_IF_ERROR(check_handle(handle));
  const std::size_t stored = handle.size + kTrailerBytes;
  if (!whole_.empty()) return decode(std::string_view(whole_).substr(handle.offset, stored), std::move(into));
  if (ahead != nullptr) {
    ASSIGN_OR_RETURN(const std::string_view bytes, read_stored(handle, *ahead));
    return decode(bytes, std::move(into));
  }
  char small[kBlockBytes + kTrailerBytes];
  std::unique_ptr<char[]> large;
  char* bytes = small;
  if (stored > sizeof small) {
    large = make_bytes(stored);
    bytes = large.get();
  }
  ASSIGN_OR_RETURN(const std::size_t got, read_at(*file_, handle.offset, bytes, stored));
  if (got != stored) return corrupt("shorter than its store says");
  return decode({bytes, stored}, std::move(into));
}

Result<std::string_view> Table::read_stored(BlockHandle handle, ReadAhead& ahead) const {
  RETURN_IF_ERROR(check_handle(handle));
  const std::size_t stored = handle.size + kTrailerBytes;
  if (!whole_.empty()) return std::string_view(whole_).substr(handle.offset, stored);
  ASSIGN_OR_RETURN(const std::string_view bytes, ahead.read(*file_, handle.offset, stored));
  if (bytes.size() != stored) return corrupt("shorter than its store says");
  return bytes;
}

Status Table::check_stored(std::string_view stored) const {
  const std::size_t checked = stored.size() - kTrailerBytes + 1;
  if (trailer_checksum(stored.substr(0, checked)) == load_u32(stored.data() + checked)) return {};
  return corrupt("the checksum of a block does not match");
}

// `stored` is a block with its trailer.
Result<std::shared_ptr<const Block>> Table::decode(std::string_view stored,
                                                   std::shared_ptr<Block> into) const {
  RETURN_IF_ERROR(check_stored(stored));
  if (into == nullptr) into = std::make_shared<Block>();
  const std::string_view body = stored.substr(0, stored.size() - kTrailerBytes);
  switch (static_cast<Compression>(stored[body.size()])) {
    case Compression::none:
      std::ranges::copy(body, into->make_room(body.size()).begin());
      break;
    case Compression::snappy: {
      const std::optional<std::size_t> size = snappy_size_of(body);
      if (!size || *size > kMaxBlockBytes || !snappy_decode(body, into->make_room(*size)))
        return corrupt("a block does not decompress");
      break;
    }
    case Compression::zstd: {
      std::string_view rest = body;
      std::uint64_t size = 0;
      if (!take_uvarint(rest, size) || size > kMaxBlockBytes) return corrupt("a block does not decompress");
      const std::span<char> room = into->make_room(size);
      if (ZSTD_decompress(room.data(), room.size(), rest.data(), rest.size()) != size)
        return corrupt("a block does not decompress");
      break;
    }
    default:
      return corrupt("a block is compressed in an unknown way");
  }
  if (!into->settle()) return corrupt("malformed block");
  return into;
}

Result<Table::Found> Table::find(std::string_view key) const {
  IndexCursor index(*this);
  index.seek(key);
  if (!index.status()) return Error(index.status().error());
  if (!index.valid()) return Found{};
  ASSIGN_OR_RETURN(const BlockHandle handle, index.handle());
  return find_in_block(handle, key, true);
}

Result<Table::Found> Table::find_at_or_after(std::string_view key) const {
  IndexCursor index(*this);
  // A separator may be greater than its block's last key: the key sought is then in the next block.
  for (index.seek(key); index.valid(); index.next()) {
    ASSIGN_OR_RETURN(const BlockHandle handle, index.handle());
    ASSIGN_OR_RETURN(Found found, find_in_block(handle, key, false));
    if (found.block) return found;
  }
  if (!index.status()) return Error(index.status().error());
  return Found{};
}

Result<Table::Found> Table::find_in_block(BlockHandle handle, std::string_view key, bool exact) const {
  ASSIGN_OR_RETURN(auto block, load(handle, Cached::yes, nullptr));
  BlockCursor cursor;
  cursor.enter(block);
  cursor.seek(key);
  if (cursor.malformed()) return corrupt("malformed data block");
  if (!cursor.valid() || (exact && cursor.key() != key)) return Found{};
  if ((cursor.trailer() & 0xff) != kSetKind) return corrupt("holds a record that is not a value");
  return Found{std::move(block), cursor.value()};
}

}  // namespace mere::tree
