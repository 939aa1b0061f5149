#include "base/md5.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/little_endian.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace mere {
namespace {

#if defined(__x86_64__)

#define MERE_AVX512 __attribute__((target("avx512f,avx512vl"), always_inline)) inline

// A truth table as vpternlogd takes it: bit (x << 2 | y << 1 | z) is the function of x, y and z.
template <typename Function>
constexpr int truth_table(Function function) {
  int table = 0;
  for (int bits = 0; bits < 8; ++bits) {
    const bool x = (bits & 4) != 0;
    const bool y = (bits & 2) != 0;
    const bool z = (bits & 1) != 0;
    if (function(x, y, z)) table |= 1 << bits;
  }
  return table;
}

// RFC 1321, section 3.4, with the arguments turned round: the instruction overwrites its first one, which
// therefore has to be copied, and the copy of `d` is not waited for as that of `b`, the newest, would be.
constexpr int kF = truth_table([](bool d, bool c, bool b) { return b ? c : d; });
constexpr int kG = truth_table([](bool d, bool c, bool b) { return d ? b : c; });
constexpr int kH = truth_table([](bool d, bool c, bool b) { return (b != c) != d; });
constexpr int kI = truth_table([](bool d, bool c, bool b) { return c != (b || !d); });

// a = b + rotate(a + function(b, c, d) + word, by), in the lowest lane.
template <int function, int by>
MERE_AVX512 void step(__m128i& a, __m128i b, __m128i c, __m128i d, std::uint32_t word) {
  __m128i sum = _mm_add_epi32(a, _mm_cvtsi32_si128(static_cast<int>(word)));
  // Compilers know that sums may be regrouped, not that this one is ready before the function's value is.
  asm("" : "+v"(sum));
  sum = _mm_add_epi32(sum, _mm_ternarylogic_epi32(d, c, b, function));
  a = _mm_add_epi32(_mm_rol_epi32(sum, by), b);
}

// Step i takes word first + i * stride of the block (modulo 16) and constants[i].
template <int function, int by0, int by1, int by2, int by3, int first, int stride>
MERE_AVX512 void round(__m128i& a, __m128i& b, __m128i& c, __m128i& d, const std::uint32_t (&words)[16],
                       const std::uint32_t (&constants)[16]) {
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i += 4) {
    const auto word = [&](int step) {
      return words[(first + (i + step) * stride) % 16] + constants[i + step];
    };
    step<function, by0>(a, b, c, d, word(0));
    step<function, by1>(d, a, b, c, word(1));
    step<function, by2>(c, d, a, b, word(2));
    step<function, by3>(b, c, d, a, word(3));
  }
}

// floor(2^32 * |sin(i + 1)|), section 3.4.
constexpr std::uint32_t kConstants[4][16] = {
    {0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
     0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821},
    {0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
     0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a},
    {0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
     0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665},
    {0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
     0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391}};

__attribute__((target("avx512f,avx512vl"))) void hash_blocks(std::array<std::uint32_t, 4>& state,
                                                             const char* data, std::size_t blocks) {
  __m128i a = _mm_cvtsi32_si128(static_cast<int>(state[0]));
  __m128i b = _mm_cvtsi32_si128(static_cast<int>(state[1]));
  __m128i c = _mm_cvtsi32_si128(static_cast<int>(state[2]));
  __m128i d = _mm_cvtsi32_si128(static_cast<int>(state[3]));
  for (; blocks > 0; --blocks, data += 64) {
    std::uint32_t words[16];
    std::memcpy(words, data, sizeof words);
    const __m128i a_before = a;
    const __m128i b_before = b;
    const __m128i c_before = c;
    const __m128i d_before = d;
    round<kF, 7, 12, 17, 22, 0, 1>(a, b, c, d, words, kConstants[0]);
    round<kG, 5, 9, 14, 20, 1, 5>(a, b, c, d, words, kConstants[1]);
    round<kH, 4, 11, 16, 23, 5, 3>(a, b, c, d, words, kConstants[2]);
    round<kI, 6, 10, 15, 21, 0, 7>(a, b, c, d, words, kConstants[3]);
    a = _mm_add_epi32(a, a_before);
    b = _mm_add_epi32(b, b_before);
    c = _mm_add_epi32(c, c_before);
    d = _mm_add_epi32(d, d_before);
  }
  state = {static_cast<std::uint32_t>(_mm_cvtsi128_si32(a)), static_cast<std::uint32_t>(_mm_cvtsi128_si32(b)),
           static_cast<std::uint32_t>(_mm_cvtsi128_si32(c)),
           static_cast<std::uint32_t>(_mm_cvtsi128_si32(d))};
}

#undef MERE_AVX512

#else

void hash_blocks(std::array<std::uint32_t, 4>&, const char*, std::size_t) {
  MERE_CHECK(false);
}

#endif

}  // namespace

bool VectorMd5::is_available() {
#if defined(__x86_64__)
  static const bool available = [] {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512vl") != 0;
  }();
  return available;
#else
  return false;
#endif
}

bool VectorMd5::is_faster() {
#if defined(__x86_64__)
  static const bool faster = is_available() && __builtin_cpu_is("intel") != 0;
  return faster;
#else
  return false;
#endif
}

void VectorMd5::update(std::string_view bytes) {
  const std::size_t begun = size_ % kBlock;
  size_ += bytes.size();
  if (begun > 0) {
    const std::size_t more = std::min(kBlock - begun, bytes.size());
    std::copy_n(bytes.data(), more, rest_.data() + begun);
    bytes.remove_prefix(more);
    if (begun + more < kBlock) return;
    hash_blocks(state_, rest_.data(), 1);
  }
  hash_blocks(state_, bytes.data(), bytes.size() / kBlock);
  bytes.remove_prefix(bytes.size() / kBlock * kBlock);
  std::copy_n(bytes.data(), bytes.size(), rest_.data());
}

// Section 3.1 and 3.2: a one bit, zeros up to 8 bytes short of a block, the message's size in bits.
std::string VectorMd5::finish() {
  std::string bits;
  append_u64(bits, size_ * 8);
  const std::size_t begun = size_ % kBlock;
  std::string padding(begun < kBlock - 8 ? kBlock - 8 - begun : 2 * kBlock - 8 - begun, '\0');
  padding[0] = '\x80';
  update(padding);
  update(bits);
  std::string digest;
  for (const std::uint32_t word : state_) append_u32(digest, word);
  return digest;
}

}  // namespace mere
