#include "base/clock.h"

#include <ctime>
#include <limits>

namespace mere {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

class SystemClock final : public Clock {
 public:
  Timestamp now() const override {
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME, &time);
    return {time.tv_sec, static_cast<std::int32_t>(time.tv_nsec)};
  }
  std::chrono::steady_clock::time_point steady() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace

Timestamp operator+(Timestamp time, std::chrono::nanoseconds duration) {
  const std::int64_t count = duration.count();
  std::int64_t seconds = count / kNanosPerSecond;
  std::int64_t nanos = time.nanos + count % kNanosPerSecond;
  if (nanos < 0) {
    nanos += kNanosPerSecond;
    seconds -= 1;
  } else if (nanos >= kNanosPerSecond) {
    nanos -= kNanosPerSecond;
    seconds += 1;
  }
  std::int64_t sum = 0;
  if (__builtin_add_overflow(time.seconds, seconds, &sum)) {
    return seconds > 0 ? Timestamp{std::numeric_limits<std::int64_t>::max(), kNanosPerSecond - 1}
                       : Timestamp{std::numeric_limits<std::int64_t>::min(), 0};
  }
  return {sum, static_cast<std::int32_t>(nanos)};
}

std::chrono::nanoseconds operator-(Timestamp later, Timestamp earlier) {
  const __int128 exact = (static_cast<__int128>(later.seconds) - earlier.seconds) * kNanosPerSecond +
                         (later.nanos - earlier.nanos);
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
  if (exact > most) return std::chrono::nanoseconds(most);
  if (exact < least) return std::chrono::nanoseconds(least);
  return std::chrono::nanoseconds(static_cast<std::int64_t>(exact));
}

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

}  // namespace mere
