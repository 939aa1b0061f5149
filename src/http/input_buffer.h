// Bytes received and not yet used, and a pool for the memory under them: a connection that waits for its
// next request holds none.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace mere::http {

class BufferPool {
 public:
  static constexpr std::size_t kBufferBytes = 16u << 10;

  std::unique_ptr<char[]> take() {
    if (free_.empty()) return std::make_unique_for_overwrite<char[]>(kBufferBytes);
    auto buffer = std::move(free_.back());
    free_.pop_back();
    return buffer;
  }
  void give(std::unique_ptr<char[]> buffer) {
    if (free_.size() < kKept) free_.push_back(std::move(buffer));
  }

 private:
  static constexpr std::size_t kKept = 64;
  std::vector<std::unique_ptr<char[]>> free_;
};

class InputBuffer {
 public:
  explicit InputBuffer(BufferPool& pool) : pool_(pool) {}
  ~InputBuffer() {
    clear();
    release();
  }
  InputBuffer(const InputBuffer&) = delete;
  InputBuffer& operator=(const InputBuffer&) = delete;

  std::string_view bytes() const { return {memory_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  void consume(std::size_t count) {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  void clear() { begin_ = end_ = 0; }

  // Room for at least one more byte behind bytes(), whose address may change.
  std::span<std::byte> space() {
    if (!memory_) {
      memory_ = pool_.take();
      capacity_ = BufferPool::kBufferBytes;
    } else if (end_ == capacity_) {
      if (begin_ > capacity_ / 2) {
        std::memmove(memory_.get(), memory_.get() + begin_, end_ - begin_);
      } else {
        auto larger = std::make_unique_for_overwrite<char[]>(capacity_ * 2);
        std::memcpy(larger.get(), memory_.get() + begin_, end_ - begin_);
        if (capacity_ == BufferPool::kBufferBytes) pool_.give(std::move(memory_));
        memory_ = std::move(larger);
        capacity_ *= 2;
      }
      end_ -= begin_;
      begin_ = 0;
    }
    return std::as_writable_bytes(std::span<char>(memory_.get() + end_, capacity_ - end_));
  }
  void received(std::size_t count) { end_ += count; }

  // Gives the memory back if nothing is in it.
  void release() {
    if (!empty() || !memory_) return;
    if (capacity_ == BufferPool::kBufferBytes) pool_.give(std::move(memory_));
    memory_ = nullptr;
    capacity_ = 0;
  }

 private:
  BufferPool& pool_;
  std::unique_ptr<char[]> memory_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace mere::http
