// Holds readers back to so many bytes a second, all of them together.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>

namespace mere::lake {

// Any thread may call it.
class ReadPace {
 public:
  explicit ReadPace(std::uint64_t bytes_per_second);  // 0: as fast as can be

  // Returns when `bytes` more may be read. `wanted` is asked several times a second meanwhile; when it
  // answers false, so does this, soon.
  bool wait(std::uint64_t bytes, const std::function<bool()>& wanted);

 private:
  using Clock = std::chrono::steady_clock;

  const std::uint64_t bytes_per_second_;
  std::mutex mutex_;
  Clock::time_point free_at_{};  // what was asked for until now is paid for then; guarded by mutex_
};

}  // namespace mere::lake
