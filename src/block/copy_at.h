// What read_at() of a Reader or a Payload answers whose bytes are in memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace mere::block {

// Copies from `offset` on as many bytes as there are and fit: how many; 0 behind the end.
inline std::size_t copy_at(std::string_view bytes, std::uint64_t offset, std::span<std::byte> into) {
  if (offset >= bytes.size()) return 0;
  const std::size_t count = std::min<std::size_t>(into.size(), bytes.size() - offset);
  if (count > 0) std::memcpy(into.data(), bytes.data() + offset, count);
  return count;
}

}  // namespace mere::block
