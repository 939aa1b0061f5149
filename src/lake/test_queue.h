// For tests: a queue whose work waits.
#pragma once

#include <deque>
#include <functional>
#include <utility>

#include "base/executor.h"

namespace mere::lake {

// Runs what was submitted when it is told to.
class HeldQueue final : public WorkQueue {
 public:
  void submit(std::function<void()> work) override { held_.push_back(std::move(work)); }
  void run() {
    while (!held_.empty()) {
      const auto work = std::move(held_.front());
      held_.pop_front();
      work();
    }
  }

 private:
  std::deque<std::function<void()>> held_;
};

}  // namespace mere::lake
