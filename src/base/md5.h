// MD5 (RFC 1321) in vector registers, for processors that have AVX-512: a step of it waits for four
// instructions there and for five in OpenSSL's code, and nothing but that wait limits the digest of one
// stream. Users take Digest::md5() of hash.h, which takes this where it is faster.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mere {

// A digest in progress. Not thread-safe; a value.
class VectorMd5 {
 public:
  // Whether this processor can; no digest may be made where it cannot.
  static bool is_available();
  // Whether it does so faster than OpenSSL's code: not where rotating a vector takes two cycles, as on AMD's
  // Zen 4 (544 MiB/s against 727).
  static bool is_faster();

  void update(std::string_view bytes);
  std::string finish();  // 16 raw bytes; once

 private:
  static constexpr std::size_t kBlock = 64;

  std::array<std::uint32_t, 4> state_ = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  std::uint64_t size_ = 0;              // of all that came, in bytes
  std::array<char, kBlock> rest_ = {};  // the first size_ % kBlock are of a block that is not whole yet
};

}  // namespace mere
