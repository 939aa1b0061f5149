#include "simulation/fiber.h"

#include <cstdint>
#include <utility>

#include "base/check.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MERE_ASAN 1
#include <sanitizer/common_interface_defs.h>
#endif
#endif

namespace mere::simulation {
namespace {

void starts_switch([[maybe_unused]] void** fake, [[maybe_unused]] const void* bottom,
                   [[maybe_unused]] std::size_t bytes) {
#ifdef MERE_ASAN
  __sanitizer_start_switch_fiber(fake, bottom, bytes);
#endif
}

void finishes_switch([[maybe_unused]] void* fake, [[maybe_unused]] const void** bottom,
                     [[maybe_unused]] std::size_t* bytes) {
#ifdef MERE_ASAN
  __sanitizer_finish_switch_fiber(fake, bottom, bytes);
#endif
}

}  // namespace

Fiber::Fiber(Stack stack, std::function<void()> body) : stack_(std::move(stack)), body_(std::move(body)) {
  MERE_CHECK(::getcontext(&inside_) == 0);
  inside_.uc_stack.ss_sp = stack_.get();
  inside_.uc_stack.ss_size = kStackBytes;
  inside_.uc_link = nullptr;
  // makecontext() hands on ints only.
  const auto self = reinterpret_cast<std::uintptr_t>(this);
  ::makecontext(&inside_, reinterpret_cast<void (*)()>(&Fiber::enter), 2, static_cast<unsigned>(self >> 32),
                static_cast<unsigned>(self));
}

void Fiber::enter(unsigned high, unsigned low) {
  const auto self = (static_cast<std::uintptr_t>(high) << 32) | low;
  reinterpret_cast<Fiber*>(self)->run();
}

void Fiber::run() {
  finishes_switch(nullptr, &outer_stack_, &outer_bytes_);
  body_();
  body_ = nullptr;
  ended_ = true;
  leave(true);
}

void Fiber::resume() {
  MERE_CHECK(!ended_);
  void* fake = nullptr;
  starts_switch(&fake, stack_.get(), kStackBytes);
  ::swapcontext(&outside_, &inside_);
  finishes_switch(fake, nullptr, nullptr);
}

void Fiber::suspend() {
  leave(false);
  finishes_switch(fake_stack_, &outer_stack_, &outer_bytes_);
}

void Fiber::leave(bool for_good) {
  starts_switch(for_good ? nullptr : &fake_stack_, outer_stack_, outer_bytes_);
  ::swapcontext(&inside_, &outside_);
}

}  // namespace mere::simulation
