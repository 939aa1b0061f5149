#include "base/random.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "base/encoding.h"

namespace mere {
namespace {

// getrandom() blocks only before the kernel has entropy, and for up to 256 bytes is never interrupted.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> bytes) override {
    while (!bytes.empty()) {
      const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
      if (got < 0) {
        MERE_CHECK(errno == EINTR);
        continue;
      }
      bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
  }
};

}  // namespace

std::uint64_t Random::next_u64() {
  std::uint64_t value = 0;
  fill(std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

Random& system_random() {
  static SystemRandom random;
  return random;
}

void SeededRandom::fill(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    constexpr std::uint64_t step = 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state_.fetch_add(step, std::memory_order_relaxed) + step;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    mixed ^= mixed >> 31;
    const std::size_t size = std::min(bytes.size(), sizeof mixed);
    std::memcpy(bytes.data(), &mixed, size);
    bytes = bytes.subspan(size);
  }
}

std::string random_uuid(Random& random) {
  std::array<std::byte, 16> bytes;
  random.fill(bytes);
  bytes[6] = (bytes[6] & std::byte{0x0f}) | std::byte{0x40};
  bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};
  const std::string hex = to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  std::string text(36, '-');
  std::size_t from = 0, to = 0;
  for (const std::size_t digits : {8, 4, 4, 4, 12}) {
    hex.copy(text.data() + to, digits, from);
    from += digits;
    to += digits + 1;
  }
  return text;
}

}  // namespace mere
