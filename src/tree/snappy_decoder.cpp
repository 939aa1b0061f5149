// The format is google/snappy's format_description.txt: the size as a varint, and then elements, each with a
// tag whose two lowest bits tell its kind.
#include "tree/snappy_decoder.h"

#include <cstdint>
#include <cstring>

#include "base/wire.h"

namespace mere::tree {
namespace {

enum Kind : unsigned { literal, copy_11_bits, copy_16_bits, copy_32_bits };

// An element of at most this many bytes is copied in whole pieces of 16 where there is room: what is written
// behind its end is written again by the next one.
constexpr std::ptrdiff_t kShort = 64;
constexpr std::size_t kPiece = 16;

// `size` bytes, up to 64, rounded up to pieces. Each may read what the one before it wrote.
void copy_pieces(char* to, const char* from, std::size_t size) {
  std::memcpy(to, from, kPiece);
  if (size <= kPiece) return;
  std::memcpy(to + kPiece, from + kPiece, kPiece);
  if (size <= 2 * kPiece) return;
  std::memcpy(to + 2 * kPiece, from + 2 * kPiece, kPiece);
  std::memcpy(to + 3 * kPiece, from + 3 * kPiece, kPiece);
}

// Little-endian, of 1 to 4 bytes.
std::size_t load_bytes(const char* from, std::size_t count) {
  std::size_t value = 0;
  for (std::size_t i = count; i-- > 0;) value = value << 8 | static_cast<unsigned char>(from[i]);
  return value;
}

// Where the next element stands and where its bytes go. Values: as members of an object they would have to be
// read again after every byte that is written, which might be theirs.
struct Position {
  const char* in;
  char* out;
};

// Past the literal at `at`; its `in` is null if that does not fit.
Position take_literal(Position at, const char* in_end, const char* out_end) {
  constexpr std::size_t kLongest = 60;  // whose size stands in the tag
  std::size_t size = (static_cast<unsigned char>(*at.in++) >> 2) + 1u;
  if (size <= kLongest && in_end - at.in >= kShort && out_end - at.out >= kShort) {
    copy_pieces(at.out, at.in, size);
    return {at.in + size, at.out + size};
  }
  if (size > kLongest) {
    const std::size_t bytes = size - kLongest;
    if (in_end - at.in < static_cast<std::ptrdiff_t>(bytes)) return {};
    size = load_bytes(at.in, bytes) + 1;
    at.in += bytes;
  }
  const auto length = static_cast<std::ptrdiff_t>(size);
  if (length > in_end - at.in || length > out_end - at.out) return {};
  std::memcpy(at.out, at.in, size);
  return {at.in + size, at.out + size};
}

// Likewise past the copy at `at` of something behind `out_begin`.
Position take_copy(Position at, const char* in_end, const char* out_begin, const char* out_end) {
  const unsigned tag = static_cast<unsigned char>(*at.in++);
  std::ptrdiff_t size = (tag >> 2) + 1;
  std::size_t offset = 0;
  if (tag % 4 == copy_11_bits) {
    if (in_end - at.in < 1) return {};
    size = (tag >> 2) % 8 + 4;
    offset = std::size_t{tag >> 5} << 8 | static_cast<unsigned char>(*at.in++);
  } else {
    const std::ptrdiff_t bytes = tag % 4 == copy_16_bits ? 2 : 4;
    if (in_end - at.in < bytes) return {};
    offset = bytes == 2 ? load_bytes(at.in, 2) : load_bytes(at.in, 4);
    at.in += bytes;
  }
  if (offset == 0 || offset > static_cast<std::size_t>(at.out - out_begin)) return {};
  const char* const from = at.out - offset;
  if (offset >= kPiece && out_end - at.out >= kShort) {
    copy_pieces(at.out, from, static_cast<std::size_t>(size));
  } else {
    if (size > out_end - at.out) return {};
    for (std::ptrdiff_t i = 0; i < size; ++i) at.out[i] = from[i];  // the two may overlap
  }
  return {at.in, at.out + size};
}

}  // namespace

std::optional<std::size_t> snappy_size_of(std::string_view compressed) {
  const std::size_t stored = compressed.size();
  std::uint64_t size = 0;
  // 64 bytes at most come out of 3.
  if (!take_uvarint(compressed, size) || size > UINT32_MAX || size / 22 > stored) return std::nullopt;
  return size;
}

bool snappy_decode(std::string_view compressed, std::span<char> out) {
  std::uint64_t size = 0;
  if (!take_uvarint(compressed, size) || size != out.size()) return false;
  const char* const in_end = compressed.data() + compressed.size();
  char* const out_end = out.data() + out.size();
  Position at{compressed.data(), out.data()};
  while (at.in != in_end) {
    at = static_cast<unsigned char>(*at.in) % 4 == literal ? take_literal(at, in_end, out_end)
                                                           : take_copy(at, in_end, out.data(), out_end);
    if (at.in == nullptr) return false;
  }
  return at.out == out_end;
}

}  // namespace mere::tree
