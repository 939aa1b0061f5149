// Has what the log carries for others settle a little at a time, long before a flush has to wait for all of
// it.
//
// Settling writes out what many small objects left in memory, and every sync of the log meanwhile waits for
// the same disk: 16 MiB of objects at once make it wait for a tenth of a second.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace mere::kv {

// Any thread may call carried().
class EarlySettler {
 public:
  static constexpr std::size_t kBytes = std::size_t{512} << 10;  // that are worth a settling

  // `settle` runs on a thread of this class's own, once at a time; not again when it has answered false.
  explicit EarlySettler(std::function<bool()> settle) : settle_(std::move(settle)) {}
  ~EarlySettler();  // waits for a settling that is under way
  EarlySettler(const EarlySettler&) = delete;

  void carried(std::size_t bytes);

 private:
  void work();

  const std::function<bool()> settle_;
  std::atomic<std::size_t> bytes_{0};  // carried since the last settling began
  std::mutex mutex_;
  std::condition_variable changed_;
  bool wanted_ = false;
  bool closing_ = false;
  std::thread thread_;  // started with the first work there is
};

}  // namespace mere::kv
