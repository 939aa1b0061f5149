#include "http/client_exchange.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "http/client_loop.h"

namespace mere::http {
namespace {
constexpr std::size_t kChunkBytes = 256u << 10;
}

Exchange::Exchange(OutgoingRequest outgoing, Executor& executor, std::size_t buffer_bytes,
                   std::shared_ptr<ClientLoop> loop)
    : request_(std::move(outgoing)),
      pause_at_(std::max<std::size_t>(buffer_bytes / 2, 1)),
      chunk_bytes_(static_cast<std::size_t>(
          std::min<std::uint64_t>(std::max<std::uint64_t>(request_.body_length.value_or(kChunkBytes), 1),
                                  std::clamp<std::size_t>(buffer_bytes, 1, kChunkBytes)))),
      loop_(std::move(loop)),
      executor_(&executor) {}

bool Exchange::Wait::await_suspend(std::coroutine_handle<> awaiter) {
  std::lock_guard lock(exchange.mutex_);
  if ((exchange.*met)()) return false;
  exchange.*slot = suspended = awaiter;
  return true;
}

// A coroutine that is destroyed while it waits must not be resumed.
Exchange::Wait::~Wait() {
  if (!suspended) return;
  std::lock_guard lock(exchange.mutex_);
  if (exchange.*slot == suspended) exchange.*slot = {};
}

void Exchange::wake(std::coroutine_handle<> Exchange::* slot, bool Exchange::* posted) {
  if (!(this->*slot) || this->*posted || !executor_) return;
  this->*posted = true;
  // Posted under the lock: after leave() the executor may be gone.
  executor_->post([self = shared_from_this(), slot, posted] {
    std::coroutine_handle<> waiting;
    {
      std::lock_guard lock(self->mutex_);
      (*self).*posted = false;
      waiting = std::exchange((*self).*slot, {});
    }
    if (waiting) waiting.resume();
  });
}

std::optional<Exchange::Outcome> Exchange::take_outcome() {
  std::lock_guard lock(mutex_);
  if (!head_is_here()) return std::nullopt;
  Outcome outcome;
  if (!head_) {
    outcome.failure = std::move(failure_);
    return outcome;
  }
  outcome.head = *std::exchange(head_, std::nullopt);
  if (body_is_whole()) outcome.whole_body = std::move(arrived_);
  return outcome;
}

std::optional<Result<bool>> Exchange::take_bytes(std::string& into) {
  bool resume = false;
  {
    std::lock_guard lock(mutex_);
    if (arrived_.empty()) {
      if (body_is_whole()) return Result<bool>(false);
      if (!ended_) return std::nullopt;
      return Result<bool>(failure_->error);
    }
    into.clear();
    into.swap(arrived_);
    resume = std::exchange(receiving_paused_, false);
  }
  if (resume) loop_->post(shared_from_this(), ClientLoop::Order::resume_receiving);
  return Result<bool>(true);
}

bool Exchange::wants_chunks() const {
  std::lock_guard lock(mutex_);
  return !ended_ && executor_;
}

template <class F>
void Exchange::change_sending(F change) {
  bool resume = false;
  {
    std::lock_guard lock(mutex_);
    change();
    resume = std::exchange(sending_paused_, false);
  }
  if (resume) loop_->post(shared_from_this(), ClientLoop::Order::resume_sending);
}

void Exchange::put_chunk(Chunk chunk) {
  change_sending([&] { ready_ = std::move(chunk); });
}

void Exchange::end_chunks() {
  change_sending([&] { chunks_ended_ = true; });
}

void Exchange::fail_chunks(Error error) {
  change_sending([&] { chunks_failure_ = std::move(error); });
}

Chunk Exchange::take_spare_chunk() {
  Chunk chunk;
  {
    std::lock_guard lock(mutex_);
    chunk = std::exchange(spare_, {});
  }
  if (!chunk.bytes) chunk.bytes = std::make_unique_for_overwrite<std::byte[]>(chunk_bytes_);
  chunk.size = 0;
  return chunk;
}

void Exchange::leave() {
  bool over = false;
  std::coroutine_handle<> pump;
  {
    std::lock_guard lock(mutex_);
    executor_ = nullptr;
    over = ended_;
    pump = std::exchange(pump_, {});
  }
  // It waits here and for nothing else. One that waits for its reader ends after that.
  if (pump) pump.destroy();
  if (!over) loop_->post(shared_from_this(), ClientLoop::Order::stop);
}

void Exchange::stop() {
  loop_->post(shared_from_this(), ClientLoop::Order::stop);
}

void Exchange::set_head(AnswerHead head) {
  std::lock_guard lock(mutex_);
  body_left_ = head.has_body ? head.length : 0u;
  head_ = std::move(head);
}

bool Exchange::add_bytes(std::string_view bytes) {
  std::lock_guard lock(mutex_);
  if (arrived_.size() >= pause_at_) {
    receiving_paused_ = true;
    return false;
  }
  arrived_.append(bytes);
  if (body_left_) *body_left_ -= std::min<std::uint64_t>(*body_left_, bytes.size());
  return true;
}

std::optional<Result<std::size_t>> Exchange::send_bytes(std::span<std::byte> into) {
  if (sent_of_chunk_ == sending_.size) {
    std::lock_guard lock(mutex_);
    if (chunks_failure_) return Result<std::size_t>(*chunks_failure_);
    if (!ready_.bytes) {
      if (chunks_ended_) return Result<std::size_t>(0u);
      sending_paused_ = true;
      return std::nullopt;
    }
    spare_ = std::exchange(sending_, std::exchange(ready_, {}));
    sent_of_chunk_ = 0;
    wake(&Exchange::pump_, &Exchange::pump_posted_);
  }
  const std::size_t count = std::min(into.size(), sending_.size - sent_of_chunk_);
  std::memcpy(into.data(), sending_.bytes.get() + sent_of_chunk_, count);
  sent_of_chunk_ += count;
  return Result<std::size_t>(count);
}

bool Exchange::receiving_is_paused() const {
  std::lock_guard lock(mutex_);
  return receiving_paused_;
}

bool Exchange::sending_is_paused() const {
  std::lock_guard lock(mutex_);
  return sending_paused_;
}

void Exchange::end(std::optional<SendError> failure) {
  std::lock_guard lock(mutex_);
  ended_ = true;
  failure_ = std::move(failure);
}

void Exchange::announce() {
  std::lock_guard lock(mutex_);
  if (head_) announced_ = true;
  if (head_ || bytes_are_here()) wake(&Exchange::waiter_, &Exchange::waiter_posted_);
  if (ended_) wake(&Exchange::pump_, &Exchange::pump_posted_);
}

}  // namespace mere::http
