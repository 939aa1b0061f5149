// Threads that take a share of a caller's work where one of them is idle: a hash beside a write, a sync of
// what was written before.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace mere::block {

// Any thread may call any method. Threads begin when they are needed first.
class Helpers {
 public:
  explicit Helpers(std::size_t threads) : most_(threads) {}
  Helpers(const Helpers&) = delete;
  Helpers& operator=(const Helpers&) = delete;
  ~Helpers();

  // Begins `work` if a thread can be had at once. The destructor waits for it. It may not throw.
  bool begin(std::function<void()> work);

 private:
  void work();

  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable given_;
  std::deque<std::function<void()>> waiting_;
  std::size_t idle_ = 0;  // threads that wait, less the jobs that wait for one
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace mere::block
