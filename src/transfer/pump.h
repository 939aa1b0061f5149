// A request's body on its way into the store: read without holding a worker, written on workers only.
#pragma once

#include <algorithm>
#include <array>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "base/executor.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "base/task.h"
#include "block/store.h"
#include "http/message.h"

namespace mere::transfer {

// A body up to the first size is written in one go on a worker; a larger one in pieces that grow from the
// first size to the second while bytes come, so that a client which only announces a body costs little.
inline constexpr std::size_t kFirstChunkBytes = 32u << 10;
inline constexpr std::size_t kChunkBytes = 1u << 20;

// Fills `into` unless the body ends before.
Task<Result<std::size_t>> read_full(http::BodyReader& body, std::span<std::byte> into);

// Work that a queue does while its coroutine goes on. Whoever starts it joins it, before anything that it
// uses goes; `executor` is the coroutine's own.
template <class T>
class Ahead {
 public:
  template <class F>
  void start(WorkQueue& queue, Executor& executor, F& work) {
    is_running_ = true;
    queue.submit([this, &executor, &work] {
      try {
        result_.emplace(work());
      } catch (...) {
        failure_ = std::current_exception();
      }
      executor.post([this] {
        is_running_ = false;
        if (waiter_) std::exchange(waiter_, {}).resume();
      });
    });
  }

  // Once for each start().
  auto join() {
    struct Awaiter {
      Ahead& ahead;
      bool await_ready() const noexcept { return !ahead.is_running_; }
      void await_suspend(std::coroutine_handle<> waiter) noexcept { ahead.waiter_ = waiter; }
      T await_resume() {
        if (ahead.failure_) std::rethrow_exception(std::exchange(ahead.failure_, {}));
        T result = *std::move(ahead.result_);
        ahead.result_.reset();
        return result;
      }
    };
    return Awaiter{*this};
  }

 private:
  bool is_running_ = false;  // as the executor sees it
  std::coroutine_handle<> waiter_;
  std::optional<T> result_;
  std::exception_ptr failure_;
};

// Memory for a piece of a body. More than the first size is taken from a budget, and not had where that is
// used up: pieces stay small then.
class Piece {
 public:
  explicit Piece(MemoryBudget* budget) : share_(budget) {}

  // Room for `wanted` bytes or, without the budget for it, for what there is room for already. What was in it
  // may be gone.
  std::span<std::byte> room(std::size_t wanted) {
    if (wanted > kFirstChunkBytes && !share_.grow_to(wanted)) wanted = std::max(size_, kFirstChunkBytes);
    if (wanted > size_) {
      memory_ = std::make_unique_for_overwrite<std::byte[]>(wanted);
      size_ = wanted;
    }
    return {memory_.get(), std::min(wanted, size_)};
  }
  std::span<const std::byte> first(std::size_t count) const { return {memory_.get(), count}; }

 private:
  MemoryShare share_;
  std::unique_ptr<std::byte[]> memory_;
  std::size_t size_ = 0;
};

// The pieces of one body: one that comes, one that is written, one that the sink may still hold.
class Pieces {
 public:
  explicit Pieces(MemoryBudget* budget) : budget_(budget) {}

  Piece& coming() {
    if (!ring_[at_]) ring_[at_] = std::make_shared<Piece>(budget_);
    return *ring_[at_];
  }
  block::SharedBytes first(std::size_t count) {
    const auto bytes = coming().first(count);
    return {ring_[at_], bytes};
  }
  // The sink is given what came, and has written what came before that.
  void next() { at_ = (at_ + 1) % ring_.size(); }

 private:
  MemoryBudget* budget_;
  std::array<std::shared_ptr<Piece>, 3> ring_;
  std::size_t at_ = 0;
};

// A sink that ends without keeping a worker until its last write is on the disk.
template <class Sink>
concept ClosesLater = requires(Sink& sink) { sink.close_later(std::function<void(Status)>()); };

template <class Sink>
auto closed_by(Sink& sink) {
  if constexpr (ClosesLater<Sink>) {
    return sink.closed(Status());
  } else {
    return sink.close();
  }
}
template <class Sink>
using ClosedBy = decltype(closed_by(std::declval<Sink&>()));

// On a worker: `fill`, and then the sink's end.
template <class Sink, class Fill>
auto fill_and_close(WorkQueue& workers, Executor& executor, Sink& sink, Fill& fill) -> Task<ClosedBy<Sink>> {
  if constexpr (ClosesLater<Sink>) {
    bool is_filled = false;
    const auto work = [&](std::function<void(Status)> told) {
      Status filled = fill();
      if (!filled) return told(std::move(filled));
      is_filled = true;
      sink.close_later(std::move(told));
    };
    Status status = co_await offload_until_told<Status>(workers, executor, work);
    if (status) co_return sink.closed({});
    if (!is_filled) co_return std::move(status).error();
    const auto failed = [&] { return sink.closed(std::move(status)); };
    co_return co_await offload(workers, executor, failed);
  } else {
    const auto work = [&]() -> ClosedBy<Sink> {
      RETURN_IF_ERROR(fill());
      return sink.close();
    };
    co_return co_await offload(workers, executor, work);
  }
}

// What takes the bytes. Its methods block and run on workers, one after the other:
//   Status open();                              // before any byte, and before a large body is asked for
//   Status append(const block::SharedBytes&);   // holds none but the last when it returns
//   Result<T> close();                          // after the body's end
// Instead of close() it may have
//   void close_later(std::function<void(Status)> told);   // `told`: once, by any thread
//   Result<T> closed(Status status);                      // what was told; on the executor if it is no error
// An error ends it; whoever made the sink then drops what is half done.
//
// Everything outlives the task. `size_bytes`: of the body, if it is known. `memory`: of all bodies together;
// null: no bound.
template <class Sink>
auto pump(http::BodyReader* body, std::optional<std::uint64_t> size_bytes, WorkQueue& workers,
          Executor& executor, MemoryBudget* memory, Sink& sink) -> Task<ClosedBy<Sink>> {
  Pieces pieces(memory);
  std::uint64_t received = 0;
  // One byte more than is left, so that the end shows.
  const auto room_for = [&](std::size_t bytes) -> std::size_t {
    if (!size_bytes || *size_bytes < received) return bytes;
    return static_cast<std::size_t>(std::min<std::uint64_t>(bytes, *size_bytes - received + 1));
  };
  Result<std::size_t> read = std::size_t{0};
  const auto whole = [&]() -> Status {
    RETURN_IF_ERROR(sink.open());
    if (*read > 0) RETURN_IF_ERROR(sink.append(pieces.first(*read)));
    return {};
  };
  if (body == nullptr) co_return co_await fill_and_close(workers, executor, sink, whole);
  if (!size_bytes || *size_bytes < kFirstChunkBytes) {
    const std::span<std::byte> room = pieces.coming().room(room_for(kFirstChunkBytes));
    read = co_await read_full(*body, room);
    if (!read) co_return read.error();
    if (*read < room.size()) co_return co_await fill_and_close(workers, executor, sink, whole);
    received = *read;
  }

  // Errors of the target come before the rest of the body is asked for.
  auto begin = [&]() -> Status {
    RETURN_IF_ERROR(sink.open());
    return sink.append(pieces.first(*read));
  };
  Status status = co_await offload(workers, executor, begin);
  if (!status) co_return status.error();

  // One piece is written while the next one comes.
  block::SharedBytes written;
  auto append = [&] { return sink.append(std::exchange(written, {})); };
  Ahead<Status> ahead;
  bool is_writing = false;
  for (std::size_t wanted = kFirstChunkBytes;; wanted = std::min(2 * wanted, kChunkBytes)) {
    pieces.next();
    const std::span<std::byte> room = pieces.coming().room(room_for(wanted));
    std::exception_ptr thrown;  // must not go past what is being written
    try {
      read = co_await read_full(*body, room);
    } catch (...) {
      thrown = std::current_exception();
    }
    if (is_writing) status = co_await ahead.join();
    if (thrown) std::rethrow_exception(thrown);
    if (!read) co_return read.error();
    if (!status) co_return status.error();
    if (*read == 0) break;
    received += *read;
    written = pieces.first(*read);
    const bool is_last = *read < room.size();
    ahead.start(workers, executor, append);
    is_writing = true;
    if (!is_last) continue;
    status = co_await ahead.join();
    if (!status) co_return status.error();
    break;
  }
  const auto nothing = [] { return Status(); };
  co_return co_await fill_and_close(workers, executor, sink, nothing);
}

}  // namespace mere::transfer
