// One fsync for many callers: whoever asks while one is running waits for the next, which covers all
// that asked by then. Sixteen files finished in one folder at once cost two fsyncs of it, not sixteen.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

namespace mere::block {

// Any thread may call sync().
class GroupSync {
 public:
  // `run` does the work, one at a time, and answers 0 or a negative errno.
  explicit GroupSync(std::function<int()> run) : run_(std::move(run)) {}

  // What a run that began after this call answered. A failure reaches every caller it may concern:
  // after a failed fsync a later one proves nothing about what was written before.
  int sync();

 private:
  const std::function<int()> run_;
  std::mutex mutex_;
  std::condition_variable finished_;
  std::uint64_t begun_ = 0;  // runs that began, all but perhaps the last of them finished
  bool running_ = false;
  std::uint64_t failed_ = 0;  // the last run that failed, 0 for none
  int failure_ = 0;
};

}  // namespace mere::block
