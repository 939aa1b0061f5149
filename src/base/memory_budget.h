// Memory that many takers share, counted and bounded: what does not fit is refused, nobody waits.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace mere {

// Any thread may call any method.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t bytes) : left_(bytes) {}

  // False, and nothing is taken, where that much is not left.
  bool take(std::size_t bytes) {
    std::size_t left = left_.load(std::memory_order_relaxed);
    while (left >= bytes) {
      if (left_.compare_exchange_weak(left, left - bytes, std::memory_order_relaxed)) return true;
    }
    return false;
  }
  void give(std::size_t bytes) { left_.fetch_add(bytes, std::memory_order_relaxed); }

  std::size_t left() const { return left_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> left_;
};

// What one taker holds of a budget; it goes back with the taker. One thread at a time.
class MemoryShare {
 public:
  // `budget` outlives this; null: there is no bound.
  explicit MemoryShare(MemoryBudget* budget) : budget_(budget) {}
  ~MemoryShare() {
    if (budget_ != nullptr) budget_->give(bytes_);
  }
  MemoryShare(const MemoryShare&) = delete;
  MemoryShare& operator=(const MemoryShare&) = delete;
  void swap(MemoryShare& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(bytes_, other.bytes_);
  }

  // Makes it `bytes` if it is less. False: that much is not left, and the share stays as it was.
  bool grow_to(std::size_t bytes) {
    if (bytes <= bytes_) return true;
    if (budget_ != nullptr && !budget_->take(bytes - bytes_)) return false;
    bytes_ = bytes;
    return true;
  }

  std::size_t bytes() const { return bytes_; }

 private:
  MemoryBudget* budget_;
  std::size_t bytes_ = 0;
};

}  // namespace mere
