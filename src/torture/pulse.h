// How many operations were answered, for whoever waits until it is time to strike. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace mere::torture {

class Pulse {
 public:
  void beat() {
    std::lock_guard lock(mutex_);
    ++beats_;
    changed_.notify_all();
  }
  void worker_left() {
    std::lock_guard lock(mutex_);
    ++left_;
    changed_.notify_all();
  }
  // Until there were `beats`, or all `workers` have left, or for `patience` nothing has happened: then false.
  bool wait(std::uint64_t beats, std::size_t workers, std::chrono::seconds patience) {
    std::unique_lock lock(mutex_);
    for (;;) {
      if (beats_ >= beats || left_ >= workers) return true;
      const std::uint64_t before = beats_;
      const bool moved =
          changed_.wait_for(lock, patience, [&] { return beats_ != before || left_ >= workers; });
      if (!moved) return false;
    }
  }
  std::uint64_t beats() const {
    std::lock_guard lock(mutex_);
    return beats_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t beats_ = 0;
  std::size_t left_ = 0;
};

}  // namespace mere::torture
