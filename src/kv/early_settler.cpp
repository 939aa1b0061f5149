#include "kv/early_settler.h"

#include <chrono>

namespace mere::kv {

EarlySettler::~EarlySettler() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void EarlySettler::carried(std::size_t bytes) {
  if (bytes_.fetch_add(bytes) + bytes < kBytes) return;
  std::lock_guard lock(mutex_);
  bytes_ = 0;
  wanted_ = true;
  if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
  changed_.notify_one();
}

void EarlySettler::work() {
  using Time = std::chrono::steady_clock;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return closing_ || wanted_; });
    if (closing_) return;
    wanted_ = false;
    lock.unlock();
    const Time::time_point began = Time::now();
    const bool settled = settle_();
    const Time::duration took = Time::now() - began;
    lock.lock();
    if (!settled) return;
    // Half of the disk's time at most, whatever else is written to it.
    changed_.wait_for(lock, took, [this] { return closing_; });
  }
}

}  // namespace mere::kv
