// The format is google/snappy's format_description.txt. Which matches are found is ours to fix, and is
// fixed by docs/design/0001-storage-format.md, "Compression": changing anything here changes ids.
#include "tree/snappy_encoder.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/wire.h"

namespace mere::tree {
namespace {

constexpr std::size_t kFragmentBytes = 65536;
constexpr std::size_t kMinFragmentToSearch = 17;
constexpr std::size_t kMargin = 15;  // no search starts in the last bytes of a fragment
constexpr int kMinTableBits = 8;

std::uint32_t load32(const char* p) {
  std::uint32_t value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

std::uint64_t load64(const char* p) {
  std::uint64_t value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

// | (n-1)<<2 | for n-1 < 60, or | 60<<2 | n-1 |, or | 61<<2 | n-1 u16 LE |, and then the bytes.
char* emit_literal(char* out, const char* bytes, std::size_t length) {
  const std::size_t n = length - 1;
  if (n < 60) {
    *out++ = static_cast<char>(n << 2);
  } else if (n < 256) {
    *out++ = static_cast<char>(60 << 2);
    *out++ = static_cast<char>(n);
  } else {
    *out++ = static_cast<char>(61 << 2);
    *out++ = static_cast<char>(n);
    *out++ = static_cast<char>(n >> 8);
  }
  std::memcpy(out, bytes, length);
  return out + length;
}

// Three bytes: | (n-1)<<2 | 2 | offset u16 LE |, 1..64 bytes.
char* emit_long_copy(char* out, std::size_t offset, std::size_t length) {
  *out++ = static_cast<char>((length - 1) << 2 | 2);
  *out++ = static_cast<char>(offset);
  *out++ = static_cast<char>(offset >> 8);
  return out;
}

char* emit_copy(char* out, std::size_t offset, std::size_t length) {
  while (length >= 68) {
    out = emit_long_copy(out, offset, 64);
    length -= 64;
  }
  if (length > 64) {
    out = emit_long_copy(out, offset, 60);
    length -= 60;
  }
  if (length >= 12 || offset >= 2048) return emit_long_copy(out, offset, length);
  // Two bytes: | offset>>8 (3 bits) | n-4 (3 bits) | 01 |, | offset |, 4..11 bytes.
  *out++ = static_cast<char>((offset >> 8) << 5 | (length - 4) << 2 | 1);
  *out++ = static_cast<char>(offset);
  return out;
}

// How many bytes from `b` on equal those from `a` on; `b` runs up to `end`.
std::size_t match_length(const char* a, const char* b, const char* end) {
  const char* const start = b;
  while (end - b >= 8) {
    if (const std::uint64_t differing = load64(a) ^ load64(b)) {
      return static_cast<std::size_t>(b - start) + static_cast<std::size_t>(__builtin_ctzll(differing)) / 8;
    }
    a += 8;
    b += 8;
  }
  while (b < end && *a == *b) {
    ++a;
    ++b;
  }
  return static_cast<std::size_t>(b - start);
}

}  // namespace

void SnappyEncoder::encode(std::string_view input, std::string& out) {
  MERE_CHECK(input.size() <= UINT32_MAX);
  append_uvarint(out, input.size());
  while (!input.empty()) {
    const std::size_t size = std::min(input.size(), kFragmentBytes);
    const std::size_t before = out.size();
    out.resize(before + 32 + size + size / 6);  // the worst case of the format
    char* const end = encode_fragment(input.data(), size, out.data() + before);
    out.resize(static_cast<std::size_t>(end - out.data()));
    input.remove_prefix(size);
  }
}

char* SnappyEncoder::encode_fragment(const char* in, std::size_t size, char* out) {
  if (size < kMinFragmentToSearch) return emit_literal(out, in, size);

  int table_bits = kMinTableBits;
  while (table_bits < kMaxTableBits && (std::size_t{1} << table_bits) < size) ++table_bits;
  const int shift = 32 - table_bits;
  std::fill_n(table_.begin(), std::size_t{1} << table_bits, std::uint16_t{0});
  auto slot = [&](std::uint32_t word) -> std::uint16_t& { return table_[(word * 0x1e35a7bdu) >> shift]; };

  const std::size_t limit = size - kMargin;
  std::size_t literal_start = 0;
  std::size_t position = 1;  // position 0 is what an empty slot means: it needs no entry
  while (true) {
    // Look for four bytes seen before, in steps that grow while there are none.
    std::size_t skip = 32;
    std::size_t next = position;
    std::size_t candidate = 0;
    do {
      position = next;
      const std::size_t step = skip >> 5;
      next = position + step;
      skip += step;
      if (next > limit) return emit_literal(out, in + literal_start, size - literal_start);
      std::uint16_t& seen = slot(load32(in + position));
      candidate = seen;
      seen = static_cast<std::uint16_t>(position);
    } while (load32(in + position) != load32(in + candidate));
    out = emit_literal(out, in + literal_start, position - literal_start);

    // Copies, for as long as one follows another directly.
    do {
      const std::size_t matched = 4 + match_length(in + candidate + 4, in + position + 4, in + size);
      out = emit_copy(out, position - candidate, matched);
      position += matched;
      literal_start = position;
      if (position >= limit) {
        return literal_start < size ? emit_literal(out, in + literal_start, size - literal_start) : out;
      }
      slot(load32(in + position - 1)) = static_cast<std::uint16_t>(position - 1);
      std::uint16_t& seen = slot(load32(in + position));
      candidate = seen;
      seen = static_cast<std::uint16_t>(position);
    } while (load32(in + position) == load32(in + candidate));
    ++position;
  }
}

}  // namespace mere::tree
