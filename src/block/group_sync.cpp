#include "block/group_sync.h"

namespace mere::block {

int GroupSync::sync() {
  std::unique_lock lock(mutex_);
  const std::uint64_t mine = begun_ + 1;
  for (;;) {
    const std::uint64_t done = running_ ? begun_ - 1 : begun_;
    if (done >= mine) return failed_ >= mine ? failure_ : 0;
    if (!running_) break;
    finished_.wait(lock);
  }
  running_ = true;
  const std::uint64_t run = ++begun_;
  lock.unlock();
  const int result = run_();
  lock.lock();
  running_ = false;
  if (result < 0) {
    failed_ = run;
    failure_ = result;
  }
  finished_.notify_all();
  return result;
}

}  // namespace mere::block
