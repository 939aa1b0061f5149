#include "block/digest_aside.h"

#include <utility>

namespace mere::block {

void DigestAside::begin(SharedBytes bytes) {
  {
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(bytes));
    if (std::exchange(is_working_, true)) return;
  }
  if (!helpers_.begin([this] { work(); })) work();
}

void DigestAside::work() {
  std::unique_lock lock(mutex_);
  while (!waiting_.empty()) {
    const std::span<const std::byte> bytes = waiting_.front().bytes;
    lock.unlock();
    digest_.update(bytes);
    lock.lock();
    waiting_.erase(waiting_.begin());
    if (waiting_.size() == 1) hashed_.notify_one();
  }
  is_working_ = false;
  hashed_.notify_one();  // under the lock: whoever sees that nothing works may go with the condition variable
}

void DigestAside::wait_until(std::size_t left) {
  std::unique_lock lock(mutex_);
  hashed_.wait(lock, [&] { return waiting_.size() <= left && (left > 0 || !is_working_); });
}

std::string DigestAside::finish_hex() {
  settle();
  return digest_.finish_hex();
}

}  // namespace mere::block
