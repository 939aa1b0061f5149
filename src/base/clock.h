// Time as the system sees it, reached through an interface so that a test can hold and move it.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

namespace mere {

// A point in time: Unix seconds (may be negative) and nanoseconds in [0, 1e9). Protobuf's Timestamp.
struct Timestamp {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;

  friend bool operator==(const Timestamp&, const Timestamp&) = default;
  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

// Beyond what 64 bits hold, both stop at the limit: a time may come from a damaged file.
Timestamp operator+(Timestamp time, std::chrono::nanoseconds duration);
std::chrono::nanoseconds operator-(Timestamp later, Timestamp earlier);

// Any thread may call any method.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;                                 // wall clock; may jump
  virtual std::chrono::steady_clock::time_point steady() const = 0;  // never goes back
};

// The machine's clock. Lives as long as the process.
const Clock& system_clock();

// A clock that moves only when it is told to; for tests.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start = {1'700'000'000, 0}) : now_(start) {}
  Timestamp now() const override {
    std::lock_guard lock(mutex_);
    return now_;
  }
  std::chrono::steady_clock::time_point steady() const override {
    std::lock_guard lock(mutex_);
    return steady_;
  }
  void advance(std::chrono::nanoseconds duration) {
    std::lock_guard lock(mutex_);
    now_ = now_ + duration;
    steady_ += std::chrono::duration_cast<std::chrono::steady_clock::duration>(duration);
  }

 private:
  mutable std::mutex mutex_;
  Timestamp now_;
  std::chrono::steady_clock::time_point steady_;
};

}  // namespace mere
