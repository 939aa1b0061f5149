// A function with a stack of its own, which stops in the middle and goes on later, all on one thread.
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <functional>
#include <memory>

namespace mere::simulation {

class Fiber {
 public:
  static constexpr std::size_t kStackBytes = 512u << 10;
  using Stack = std::unique_ptr<std::byte[]>;

  Fiber(Stack stack, std::function<void()> body);
  Fiber(const Fiber&) = delete;

  // From outside: runs the function until it suspends or ends.
  void resume();
  // From inside: goes on behind resume().
  void suspend();
  bool ended() const { return ended_; }
  // Of one that has ended, for the next.
  Stack take_stack() { return std::move(stack_); }

 private:
  static void enter(unsigned high, unsigned low);
  void run();
  void leave(bool for_good);

  Stack stack_;
  std::function<void()> body_;
  ucontext_t inside_{};
  ucontext_t outside_{};
  bool ended_ = false;
  // Of the outer stack, as AddressSanitizer wants to know.
  const void* outer_stack_ = nullptr;
  std::size_t outer_bytes_ = 0;
  void* fake_stack_ = nullptr;
};

}  // namespace mere::simulation
