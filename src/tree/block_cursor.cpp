#include "tree/block_cursor.h"

#include <algorithm>
#include <cstring>

namespace mere::tree {
namespace {

// Reads a varint below 2^32; null if it is cut off or longer.
const char* take_varint32(const char* p, const char* end, std::uint32_t& value) {
  std::uint64_t result = 0;
  for (int shift = 0; shift < 35 && p < end; shift += 7) {
    const auto byte = static_cast<unsigned char>(*p++);
    result |= std::uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) {
      value = static_cast<std::uint32_t>(result);
      return result <= UINT32_MAX ? p : nullptr;
    }
  }
  return nullptr;
}

struct EntrySizes {
  std::uint32_t shared;
  std::uint32_t unshared;
  std::uint32_t value;
};

// The head of the entry at `p`; null unless all of the entry lies before `end`.
const char* take_sizes(const char* p, const char* end, EntrySizes& sizes) {
  if (end - p >= 3 && ((p[0] | p[1] | p[2]) & 0x80) == 0) {
    sizes = {static_cast<unsigned char>(p[0]), static_cast<unsigned char>(p[1]),
             static_cast<unsigned char>(p[2])};
    p += 3;
  } else if ((p = take_varint32(p, end, sizes.shared)) == nullptr ||
             (p = take_varint32(p, end, sizes.unshared)) == nullptr ||
             (p = take_varint32(p, end, sizes.value)) == nullptr) {
    return nullptr;
  }
  const auto left = static_cast<std::uint64_t>(end - p);
  return std::uint64_t{sizes.unshared} + sizes.value <= left ? p : nullptr;
}

}  // namespace

std::span<char> Block::make_room(std::size_t size) {
  if (capacity_ < size) {
    bytes_ = std::make_unique_for_overwrite<char[]>(size);
    capacity_ = size;
  }
  size_ = size;
  return {bytes_.get(), size};
}

bool Block::settle() {
  if (size_ < 4) return false;
  restarts_ = load_u32(bytes_.get() + size_ - 4);
  if (restarts_ > (size_ - 4) / 4) return false;
  entries_bytes_ = size_ - 4 - 4 * std::size_t{restarts_};
  return restarts_ > 0 || entries_bytes_ == 0;
}

void BlockCursor::enter(std::shared_ptr<const Block> block) {
  block_ = std::move(block);
  enter_entries(block_ ? block_->entries() : std::string_view());
}

void BlockCursor::enter_entries(std::string_view entries) {
  begin_ = entries.data();
  end_ = begin_ + entries.size();
  next_ = begin_;
  key_bytes_ = 0;
  valid_ = false;
  malformed_ = false;
}

void BlockCursor::fail() {
  valid_ = false;
  malformed_ = true;
}

void BlockCursor::seek_to_first() {
  if (malformed_) return;
  key_bytes_ = 0;
  read_entry(begin_);
}

void BlockCursor::grow_buffer(std::size_t bytes) {
  const bool key_in_buffer = key_ == buffer_.data();
  buffer_.resize(std::max<std::size_t>(2 * bytes, 128));
  if (key_in_buffer) key_ = buffer_.data();
}

void BlockCursor::read_entry(const char* at) {
  valid_ = false;
  if (at == end_) return;
  EntrySizes sizes;
  const char* const body = take_sizes(at, end_, sizes);
  const std::size_t size = std::size_t{sizes.shared} + sizes.unshared;
  if (body == nullptr || sizes.shared > key_bytes_ || size < trailer_bytes_) return fail();

  if (sizes.shared == 0) {
    key_ = body;
  } else {
    if (buffer_.size() < size) grow_buffer(size);
    char* const buffer = buffer_.data();
    if (key_ != buffer) {
      std::memcpy(buffer, key_, sizes.shared);
      key_ = buffer;
    }
    std::memcpy(buffer + sizes.shared, body, sizes.unshared);
  }
  key_bytes_ = size;
  value_ = {body + sizes.unshared, sizes.value};
  entry_ = at;
  next_ = value_.data() + value_.size();
  valid_ = true;
}

bool BlockCursor::key_at_restart(std::uint32_t restart, std::string_view& key) {
  const std::uint32_t offset = block_->restart(restart);
  if (offset >= static_cast<std::size_t>(end_ - begin_)) return false;
  EntrySizes sizes;
  const char* const body = take_sizes(begin_ + offset, end_, sizes);
  if (body == nullptr || sizes.shared != 0 || sizes.unshared < trailer_bytes_) return false;
  key = {body, sizes.unshared - trailer_bytes_};
  return true;
}

void BlockCursor::seek(std::string_view key) {
  valid_ = false;
  if (malformed_ || begin_ == end_) return;
  // The last restart whose key is < `key`, or the first: the entry sought is behind it, before the next.
  std::uint32_t low = 0;
  std::uint32_t high = block_->restart_count() - 1;
  while (low < high) {
    const std::uint32_t middle = low + (high - low + 1) / 2;
    std::string_view found;
    if (!key_at_restart(middle, found)) return fail();
    if (found < key) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  const std::uint32_t offset = block_->restart(low);
  if (offset > static_cast<std::size_t>(end_ - begin_)) return fail();
  key_bytes_ = 0;
  read_entry(begin_ + offset);
  while (valid_ && this->key() < key) read_entry(next_);
}

}  // namespace mere::tree
