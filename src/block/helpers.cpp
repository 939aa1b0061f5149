#include "block/helpers.h"

#include <algorithm>
#include <memory>
#include <system_error>
#include <utility>

namespace mere::block {

struct Helpers::Job {
  const std::function<void()>* work;
  std::function<void()> own{};  // of a job that nobody waits for
  bool done = false;
  std::condition_variable finished;
};

Helpers::~Helpers() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  given_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Helpers::run_both(const std::function<void()>& aside, const std::function<void()>& here) {
  Job job{&aside};
  const bool given = give(job);
  here();
  if (given) {
    std::unique_lock lock(mutex_);
    const auto found = std::find(waiting_.begin(), waiting_.end(), &job);
    if (found == waiting_.end()) {
      job.finished.wait(lock, [&] { return job.done; });
      return;
    }
    waiting_.erase(found);  // the thread was slower than we
    ++idle_;
  }
  aside();
}

bool Helpers::begin(std::function<void()> work) {
  auto job = std::make_unique<Job>();
  job->own = std::move(work);
  job->work = &job->own;
  if (!give(*job)) return false;
  (void)job.release();  // work() ends it
  return true;
}

bool Helpers::give(Job& job) {
  std::lock_guard lock(mutex_);
  if (idle_ == 0) {
    if (threads_.size() == most_) return false;
    try {
      threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {  // no more threads to be had: it goes without
      return false;
    }
    ++idle_;
  }
  --idle_;
  waiting_.push_back(&job);
  given_.notify_one();
  return true;
}

void Helpers::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    given_.wait(lock, [&] { return closing_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Job& job = *waiting_.front();
    waiting_.pop_front();
    lock.unlock();
    (*job.work)();
    lock.lock();
    ++idle_;
    if (job.own) {
      delete &job;
      continue;
    }
    job.done = true;
    job.finished.notify_one();  // under the lock: whoever sees `done` goes with the condition variable
  }
}

}  // namespace mere::block
