#include "tree/block_builder.h"

#include <algorithm>
#include <cstring>

#include "base/wire.h"
#include "tree/table_format.h"

namespace mere::tree {
namespace {

std::size_t common_prefix(std::string_view a, std::string_view b) {
  const std::size_t limit = std::min(a.size(), b.size());
  std::size_t i = 0;
  while (limit - i >= 8) {
    if (const std::uint64_t differing = load_u64(a.data() + i) ^ load_u64(b.data() + i)) {
      return i + static_cast<std::size_t>(__builtin_ctzll(differing)) / 8;
    }
    i += 8;
  }
  while (i < limit && a[i] == b[i]) ++i;
  return i;
}

std::size_t uvarint_bytes(std::uint64_t value) {
  std::size_t bytes = 1;
  while (value >= 0x80) {
    value >>= 7;
    ++bytes;
  }
  return bytes;
}

char* put_uvarint(char* out, std::size_t value) {
  while (value >= 0x80) {
    *out++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<char>(value);
  return out;
}

}  // namespace

std::string_view BlockBuilder::last_key() const {
  return std::string_view(last_key_).substr(0,
                                            last_key_.size() - std::min(last_key_.size(), kKeyTrailerBytes));
}

void BlockBuilder::add(std::string_view key, std::uint64_t trailer, std::string_view value) {
  std::size_t shared = 0;
  if (entries_ % restart_interval_ == 0) {
    restarts_.push_back(static_cast<std::uint32_t>(buffer_.size()));
  } else {
    // The trailer of this key is never shared, but key bytes may be shared with the trailer of the last.
    shared = common_prefix(key, last_key_);
  }
  last_key_.resize(shared);
  last_key_.append(key.substr(shared));
  append_u64(last_key_, trailer);

  char sizes[30];
  char* end = put_uvarint(sizes, shared);
  end = put_uvarint(end, last_key_.size() - shared);
  end = put_uvarint(end, value.size());
  buffer_.append(sizes, static_cast<std::size_t>(end - sizes));
  buffer_.append(last_key_, shared);
  buffer_.append(value);
  ++entries_;
}

void BlockBuilder::adopt(const Block& block, std::size_t records, std::string_view last_key) {
  buffer_ = block.entries();
  for (std::uint32_t i = 0; i < block.restart_count(); ++i) restarts_.push_back(block.restart(i));
  last_key_ = last_key;
  entries_ = records;
}

bool BlockBuilder::must_close_before(std::size_t key_bytes, std::size_t value_bytes) const {
  if (entries_ == 0) return false;
  const std::size_t size = size_bytes();
  if (size >= kBlockBytes) return true;
  if (size <= kBlockThresholdBytes) return false;
  const std::size_t key = key_bytes + kKeyTrailerBytes;
  const std::size_t restart = entries_ % restart_interval_ == 0 ? 4 : 0;
  constexpr std::size_t kSharedSize = 4;  // counted as if it took four bytes
  return size + key + value_bytes + restart + kSharedSize + uvarint_bytes(key) + uvarint_bytes(value_bytes) >
         kBlockBytes;
}

void BlockBuilder::finish(std::string& out) {
  if (restarts_.empty()) restarts_.push_back(0);
  out += buffer_;
  for (const std::uint32_t restart : restarts_) append_u32(out, restart);
  append_u32(out, static_cast<std::uint32_t>(restarts_.size()));
  buffer_.clear();
  restarts_.clear();
  entries_ = 0;
}

}  // namespace mere::tree
