// Time as the system sees it, reached through an interface so that a test can hold and move it.
#pragma once

#include <chrono>
#include <cstdint>

namespace mere {

// A point in time: Unix seconds (may be negative) and nanoseconds in [0, 1e9). Protobuf's Timestamp.
struct Timestamp {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;

  friend bool operator==(const Timestamp&, const Timestamp&) = default;
  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

Timestamp operator+(Timestamp time, std::chrono::nanoseconds duration);
std::chrono::nanoseconds operator-(Timestamp later, Timestamp earlier);

// Any thread may call any method.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;                               // wall clock; may jump
  virtual std::chrono::steady_clock::time_point steady() const = 0;  // never goes back
};

// The machine's clock. Lives as long as the process.
const Clock& system_clock();

// A clock that moves only when it is told to; for tests.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start = {1'700'000'000, 0}) : now_(start) {}
  Timestamp now() const override { return now_; }
  std::chrono::steady_clock::time_point steady() const override { return steady_; }
  void advance(std::chrono::nanoseconds duration) {
    now_ = now_ + duration;
    steady_ += std::chrono::duration_cast<std::chrono::steady_clock::duration>(duration);
  }

 private:
  Timestamp now_;
  std::chrono::steady_clock::time_point steady_;
};

}  // namespace mere
