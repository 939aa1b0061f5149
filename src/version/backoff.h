// Waits between attempts at something that others contend for.
#pragma once

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/random.h"
#include "base/result.h"

namespace mere::version {

// What a contended operation answers when it gives up.
inline Error too_many_attempts() {
  return {Code::too_many_requests, "Too many attempts, try again later"};
}

class Backoff {
 public:
  explicit Backoff(Random& random, std::chrono::milliseconds limit = std::chrono::seconds(30))
      : random_(random), left_(limit) {}

  // Sleeps for 1 ms, the next time up to twice as long, at most 250 ms: half of it by chance, so that
  // those who met once do not meet again. False, at once, if the limit is used up.
  bool wait() {
    if (left_ <= left_.zero()) return false;
    const auto half = delay_ / 2;
    const auto pause =
        half + std::chrono::microseconds(random_.next_u64() % (static_cast<std::uint64_t>(half.count()) + 1));
    std::this_thread::sleep_for(pause);
    left_ -= pause;
    delay_ = std::min<std::chrono::microseconds>(delay_ * 2, std::chrono::milliseconds(250));
    return true;
  }

 private:
  Random& random_;
  std::chrono::microseconds left_;
  std::chrono::microseconds delay_{1000};
};

}  // namespace mere::version
