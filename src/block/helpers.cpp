#include "block/helpers.h"

#include <system_error>
#include <utility>

namespace mere::block {

Helpers::~Helpers() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  given_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool Helpers::begin(std::function<void()> work) {
  std::lock_guard lock(mutex_);
  if (idle_ == 0) {
    if (threads_.size() == most_) return false;
    try {
      threads_.emplace_back([this] { this->work(); });
    } catch (const std::system_error&) {  // no more threads to be had: it goes without
      return false;
    }
    ++idle_;
  }
  --idle_;
  waiting_.push_back(std::move(work));
  given_.notify_one();
  return true;
}

void Helpers::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    given_.wait(lock, [&] { return closing_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::function<void()> work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    lock.lock();
    ++idle_;
  }
}

}  // namespace mere::block
