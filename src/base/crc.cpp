#include "base/crc.h"

#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace mere {
namespace {

static_assert(std::endian::native == std::endian::little);

#if defined(__x86_64__)
const bool kHasClmul = [] {
  __builtin_cpu_init();
  return __builtin_cpu_supports("pclmul") != 0 && __builtin_cpu_supports("sse4.1") != 0;
}();
const bool kHasCrc32c = [] {
  __builtin_cpu_init();
  return __builtin_cpu_supports("sse4.2") != 0;
}();

// By the processor's own instruction, which knows this one polynomial.
__attribute__((target("sse4.2"))) std::uint64_t step_crc32c(std::uint64_t state, const char* data,
                                                            std::size_t size) {
  for (; size >= 8; data += 8, size -= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, data, sizeof word);
    state = _mm_crc32_u64(state, word);
  }
  auto narrow = static_cast<std::uint32_t>(state);
  for (; size > 0; ++data, --size) narrow = _mm_crc32_u8(narrow, static_cast<unsigned char>(*data));
  return narrow;
}
#endif

constexpr std::size_t kFoldedBytes = 64;       // a round of four registers
constexpr std::size_t kLeastForFolding = 256;  // below, the other ways are as fast
constexpr std::uint64_t kCastagnoli = 0x82f63b78;

}  // namespace

constexpr Crc::Crc(int bits, std::uint64_t polynomial)
    : bits_(bits), polynomial_(polynomial), mask_(bits == 64 ? ~0ull : (1ull << bits) - 1) {
  for (std::uint64_t i = 0; i < 256; ++i) {
    std::uint64_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = times_x(value);
    tables_[0][i] = value;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t i = 0; i < 256; ++i) {
      const std::uint64_t before = tables_[k - 1][i];
      tables_[k][i] = (before >> 8) ^ tables_[0][before & 0xff];
    }
  }
  // The product of two reflected 64-bit polynomials comes out of clmul one place low, hence x^(n-1).
  const auto power = [&](int n) {
    std::uint64_t value = 1ull << (bits_ - 1);  // x^0, reflected
    for (int i = 0; i < n - 1; ++i) value = times_x(value);
    return value << (64 - bits_);
  };
  fold_128_ = {power(128 + 64), power(128)};
  fold_512_ = {power(512 + 64), power(512)};
}

const Crc& Crc::crc32() {
  static constexpr Crc crc(32, 0xedb88320);
  return crc;
}
const Crc& Crc::crc32c() {
  static constexpr Crc crc(32, kCastagnoli);
  return crc;
}
const Crc& Crc::crc64nvme() {
  static constexpr Crc crc(64, 0x9a6c9329ac4bc9b5);
  return crc;
}

std::uint64_t Crc::step(std::uint64_t state, const char* data, std::size_t size) const {
#if defined(__x86_64__)
  if (bits_ == 32 && polynomial_ == kCastagnoli && kHasCrc32c) return step_crc32c(state, data, size);
#endif
  return step_by_tables(state, data, size);
}

std::uint64_t Crc::step_by_tables(std::uint64_t state, const char* data, std::size_t size) const {
  for (; size >= 8; data += 8, size -= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, data, sizeof word);
    word ^= state;
    state = 0;
    for (std::size_t k = 0; k < 8; ++k) state ^= tables_[7 - k][word >> (8 * k) & 0xff];
  }
  for (; size > 0; ++data, --size) {
    state = tables_[0][(state ^ static_cast<unsigned char>(*data)) & 0xff] ^ (state >> 8);
  }
  return state;
}

#if defined(__x86_64__)

// V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction" (Intel, 2009):
// 128 bits of message are replaced by an equivalent further on, until 16 bytes are left for the tables.
__attribute__((target("pclmul,sse4.1"))) static inline __m128i fold(__m128i value, __m128i constants,
                                                                    __m128i next) {
  const __m128i low = _mm_clmulepi64_si128(value, constants, 0x00);
  const __m128i high = _mm_clmulepi64_si128(value, constants, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

__attribute__((target("pclmul,sse4.1"))) std::uint64_t Crc::fold_clmul(std::uint64_t state, const char*& data,
                                                                       std::size_t& size) const {
  const auto load = [](const char* from) __attribute__((target("sse4.1"))) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  };
  const auto constants_of = [](const FoldConstants& fold_by) __attribute__((target("sse4.1"))) {
    return _mm_set_epi64x(static_cast<long long>(fold_by.high), static_cast<long long>(fold_by.low));
  };
  __m128i a = _mm_xor_si128(load(data), _mm_cvtsi64_si128(static_cast<long long>(state)));
  __m128i b = load(data + 16);
  __m128i c = load(data + 32);
  __m128i d = load(data + 48);
  data += kFoldedBytes;
  size -= kFoldedBytes;

  const __m128i by_512 = constants_of(fold_512_);
  for (; size >= kFoldedBytes; data += kFoldedBytes, size -= kFoldedBytes) {
    a = fold(a, by_512, load(data));
    b = fold(b, by_512, load(data + 16));
    c = fold(c, by_512, load(data + 32));
    d = fold(d, by_512, load(data + 48));
  }
  const __m128i by_128 = constants_of(fold_128_);
  d = fold(fold(fold(a, by_128, b), by_128, c), by_128, d);
  for (; size >= 16; data += 16, size -= 16) d = fold(d, by_128, load(data));

  char rest[16];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(rest), d);
  return step(0, rest, sizeof rest);
}

#endif

std::uint64_t Crc::extend(std::uint64_t crc, std::string_view bytes) const {
  std::uint64_t state = crc ^ mask_;
  const char* data = bytes.data();
  std::size_t size = bytes.size();
#if defined(__x86_64__)
  if (size >= kLeastForFolding && kHasClmul) state = fold_clmul(state, data, size);
#endif
  return step(state, data, size) ^ mask_;
}

std::uint64_t Crc::extend_portably(std::uint64_t crc, std::string_view bytes) const {
  return step_by_tables(crc ^ mask_, bytes.data(), bytes.size()) ^ mask_;
}

// Modulo the polynomial; both reflected, so that the highest bit is x^0.
std::uint64_t Crc::multiply(std::uint64_t a, std::uint64_t b) const {
  std::uint64_t product = 0;
  for (int bit = bits_ - 1; bit >= 0; --bit) {
    if ((a >> bit & 1) != 0) product ^= b;
    b = times_x(b);
  }
  return product;
}

std::uint64_t Crc::combine(std::uint64_t first, std::uint64_t second, std::uint64_t second_size_bytes) const {
  // first * x^(8n): a square for each bit of n. x^8 is eight places below x^0.
  std::uint64_t square = 1ull << (bits_ - 1 - 8);
  for (std::uint64_t left = second_size_bytes; left > 0; left >>= 1) {
    if ((left & 1) != 0) first = multiply(first, square);
    square = multiply(square, square);
  }
  return first ^ second;
}

std::uint32_t masked_crc32c(std::string_view bytes) {
  return std::rotr(static_cast<std::uint32_t>(Crc::crc32c().extend(0, bytes)), 15) + 0xa282ead8u;
}

}  // namespace mere
