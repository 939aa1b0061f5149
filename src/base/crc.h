// Cyclic redundancy checks at memory speed: reflected ones of 32 or 64 bits that begin and end inverted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mere {

// One CRC with its tables, made at compile time. Any thread.
class Crc {
 public:
  static const Crc& crc32();      // ISO-HDLC: zlib's
  static const Crc& crc32c();     // Castagnoli
  static const Crc& crc64nvme();  // NVM Express

  // `polynomial`: reflected, the highest power left out.
  constexpr Crc(int bits, std::uint64_t polynomial);

  // The CRC of what `crc` is the CRC of, with `bytes` behind it; 0 is the CRC of nothing. By the processor's
  // carry-less multiplication and CRC-32C instruction where it has them.
  std::uint64_t extend(std::uint64_t crc, std::string_view bytes) const;
  std::uint64_t extend_portably(std::uint64_t crc, std::string_view bytes) const;
  // The CRC of two pieces one after the other.
  std::uint64_t combine(std::uint64_t first, std::uint64_t second, std::uint64_t second_size_bytes) const;

 private:
  constexpr std::uint64_t times_x(std::uint64_t value) const {
    return (value >> 1) ^ ((value & 1) != 0 ? polynomial_ : 0);
  }
  std::uint64_t multiply(std::uint64_t a, std::uint64_t b) const;
  // `state` is the CRC without its inversions.
  std::uint64_t step(std::uint64_t state, const char* data, std::size_t size) const;
  std::uint64_t step_by_tables(std::uint64_t state, const char* data, std::size_t size) const;
  std::uint64_t fold_clmul(std::uint64_t state, const char*& data, std::size_t& size) const;

  int bits_;
  std::uint64_t polynomial_;
  std::uint64_t mask_;
  std::array<std::array<std::uint64_t, 256>, 8> tables_{};  // [k][b]: byte b with k zero bytes behind it
  // What moves 64 bits forward by 128 and 512 bits of message; see fold_clmul().
  struct FoldConstants {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
  };
  FoldConstants fold_128_;
  FoldConstants fold_512_;
};

// The CRC-32C of `bytes` in the form that tables and logs of LevelDB and its heirs store, so that a checksum
// among checksummed bytes does no harm (RocksDB util/crc32c.h).
std::uint32_t masked_crc32c(std::string_view bytes);

}  // namespace mere
