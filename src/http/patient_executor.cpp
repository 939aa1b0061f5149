#include "http/patient_executor.h"

namespace mere::http {

void PatientExecutor::post(std::function<void()> work) {
  // Told under the lock: once the last piece is posted, run() may return and this object be gone.
  std::lock_guard lock(mutex_);
  queue_.push_back(std::move(work));
  posted_.notify_one();
}

void PatientExecutor::run_until(const bool& done) {
  using Clock = std::chrono::steady_clock;
  if (done) return;
  const bool works = waiting_.work != nullptr;
  auto next = works ? Clock::now() + waiting_.every : Clock::time_point::max();
  while (!done) {
    std::vector<std::function<void()>> batch;
    {
      std::unique_lock lock(mutex_);
      const auto is_posted = [this] { return !queue_.empty(); };
      if (works) {
        posted_.wait_until(lock, next, is_posted);
      } else {
        posted_.wait(lock, is_posted);
      }
      batch.swap(queue_);
    }
    for (auto& work : batch) work();
    if (!works) continue;
    if (const auto now = Clock::now(); now >= next) {
      waiting_.work();
      next = now + waiting_.every;
    }
  }
}

}  // namespace mere::http
