#include "base/xid.h"

#include <algorithm>

#include "base/encoding.h"

namespace mere {
namespace {

constexpr std::uint32_t kCounterMask = 0xff'ffff;
constexpr std::size_t kTextSize = 20;

// 2000 years from 1970: what lakeFS subtracts from so that newer object folders are listed first.
constexpr std::int64_t kDescendingOrigin = 64'060'588'800;

void append_big_endian(std::string& out, std::uint64_t value, int size) {
  for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

}  // namespace

XidGenerator::XidGenerator(const Clock& clock, Random& random)
    : clock_(clock), process_part_(random.next_u64() & 0xff'ffff'fffe) {}

std::string XidGenerator::make(std::uint32_t seconds, std::uint64_t process_part,
                               std::uint32_t counter) const {
  std::string bytes;
  bytes.reserve(12);
  append_big_endian(bytes, seconds, 4);
  append_big_endian(bytes, process_part, 5);
  append_big_endian(bytes, counter & kCounterMask, 3);
  return to_base32hex(bytes);
}

std::string XidGenerator::next() {
  const std::uint64_t now = static_cast<std::uint64_t>(static_cast<std::uint32_t>(clock_.now().seconds))
                            << 24;
  std::uint64_t latest = latest_.load(std::memory_order_relaxed);
  std::uint64_t mine = 0;
  do {
    mine = std::max(latest + 1, now);
  } while (!latest_.compare_exchange_weak(latest, mine, std::memory_order_relaxed));
  return make(static_cast<std::uint32_t>(mine >> 24), process_part_, static_cast<std::uint32_t>(mine));
}

std::string XidGenerator::next_descending() {
  return at(static_cast<std::uint32_t>(kDescendingOrigin - clock_.now().seconds));
}

std::string XidGenerator::at(std::uint32_t seconds) {
  return make(seconds, process_part_ + 1, others_.fetch_add(1, std::memory_order_relaxed));
}

bool is_xid(std::string_view text) {
  return text.size() == kTextSize && from_base32hex(text).has_value();
}

std::optional<std::uint32_t> xid_seconds(std::string_view text) {
  if (text.size() != kTextSize) return std::nullopt;
  const std::optional<std::string> bytes = from_base32hex(text);
  if (!bytes) return std::nullopt;
  std::uint32_t seconds = 0;
  for (int i = 0; i < 4; ++i)
    seconds = seconds << 8 | static_cast<unsigned char>((*bytes)[static_cast<std::size_t>(i)]);
  return seconds;
}

}  // namespace mere
