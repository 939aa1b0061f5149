#include "lake/read_pace.h"

#include <algorithm>
#include <thread>

namespace mere::lake {
namespace {

constexpr auto kNap = std::chrono::milliseconds(100);

}  // namespace

ReadPace::ReadPace(std::uint64_t bytes_per_second) : bytes_per_second_(bytes_per_second) {}

bool ReadPace::wait(std::uint64_t bytes, const std::function<bool()>& wanted) {
  if (bytes_per_second_ == 0) return true;
  const std::chrono::duration<double> price(static_cast<double>(bytes) /
                                            static_cast<double>(bytes_per_second_));
  Clock::time_point mine;
  {
    std::lock_guard lock(mutex_);
    mine = std::max(free_at_, Clock::now());
    free_at_ = mine + std::chrono::duration_cast<Clock::duration>(price);
  }
  for (auto now = Clock::now(); now < mine; now = Clock::now()) {
    if (!wanted()) return false;
    std::this_thread::sleep_for(std::min<Clock::duration>(mine - now, kNap));
  }
  return true;
}

}  // namespace mere::lake
