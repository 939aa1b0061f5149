// The bytes around the blocks of a table: trailers, handles, the footer, names of properties.
// docs/design/0001-storage-format.md draws the whole file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/little_endian.h"
#include "base/result.h"

namespace mere::tree {

// Where a block lies in the file. `size` leaves its trailer out.
struct BlockHandle {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

void append_handle(std::string& out, BlockHandle handle);  // two uvarints
bool take_handle(std::string_view& in, BlockHandle& handle);

// Block trailer, 5 bytes: | compression u8 | checksum u32 LE |, checksum = masked CRC-32C of the stored
// block and the compression byte. That byte is summed too: a damaged one would pick the wrong codec.
inline constexpr std::size_t kTrailerBytes = 5;
enum class Compression : std::uint8_t { none = 0, snappy = 1, zstd = 7 };
std::uint32_t trailer_checksum(std::string_view block_and_compression_byte);

// Keys in blocks end in 8 bytes, u64 LE: sequence number << 8 | kind. All records of ours are
// "set, sequence 0"; index keys that are no record's key carry the largest sequence number.
inline constexpr std::size_t kKeyTrailerBytes = 8;
inline constexpr std::uint64_t kSetTrailer = 1;
inline constexpr std::uint64_t kSeparatorTrailer = 0xffffffffffffff11;
inline constexpr std::uint64_t kInvalidTrailer = 0xff;
inline constexpr unsigned char kSetKind = 1;

// Footer, the last 53 bytes:
//   | checksum type u8 = 1 | metaindex handle | index handle | 0... to byte 41 | version u32 LE | magic 8 |
// or, in tables of format version 0, the last 48: | metaindex handle | index handle | 0... to 40 | magic 8 |
inline constexpr std::size_t kFooterBytes = 53;
inline constexpr std::size_t kLegacyFooterBytes = 48;
inline constexpr std::uint32_t kFormatVersion = 2;

struct Footer {
  BlockHandle metaindex;
  BlockHandle index;
};
std::string encode_footer(const Footer& footer);
// Of a file's last bytes, 53 of them or more if it has them. Errors: corrupt.
Result<Footer> decode_footer(std::string_view tail);

// Of a block: size at which it is full, size from which a record is looked at before it goes in.
inline constexpr std::size_t kBlockBytes = 4096;
inline constexpr std::size_t kBlockThresholdBytes = 3687;
inline constexpr std::size_t kRestartInterval = 16;

// The four properties of a table that its id leaves out.
inline constexpr std::string_view kMinKeyProperty = "min_key";
inline constexpr std::string_view kMaxKeyProperty = "max_key";
inline constexpr std::string_view kCountProperty = "count";
inline constexpr std::string_view kEstimateProperty = "estimated_size_bytes";
inline constexpr std::string_view kTypeProperty = "type";
inline constexpr std::string_view kRangesType = "ranges";
inline constexpr std::string_view kMetaRangesType = "metaranges";

inline constexpr std::string_view kPropertiesBlockName = "rocksdb.properties";
inline constexpr std::string_view kIndexTypeProperty = "rocksdb.block.based.table.index.type";
inline constexpr std::string_view kIndexUserKeyProperty = "rocksdb.index.key.is.user.key";
inline constexpr std::string_view kIndexDeltaProperty = "rocksdb.index.value.is.delta.encoded";
inline constexpr std::uint32_t kBinarySearchIndex = 0;
inline constexpr std::uint32_t kTwoLevelIndex = 2;

}  // namespace mere::tree
