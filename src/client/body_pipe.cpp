#include "client/body_pipe.h"

#include <algorithm>
#include <condition_variable>
#include <coroutine>
#include <cstring>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace mere::client {

using Told = std::function<void(Status)>;

struct BodyPipe::State {
  struct Waiter {
    std::string data;
    Told done;
  };

  explicit State(std::size_t limit) : capacity(limit) {}

  const std::size_t capacity;
  std::mutex mutex;
  std::condition_variable room;
  std::deque<std::string> pieces;
  std::size_t position = 0;  // in the first piece
  std::size_t size = 0;
  std::deque<Waiter> waiters;
  enum class End { open, whole, aborted, ended } end = End::open;
  std::coroutine_handle<> reader;  // waits for bytes
  Executor* executor = nullptr;

  bool has_room() const { return size < capacity && waiters.empty(); }

  // Resumes the reader if it waits; the lock is held.
  void wake_reader() {
    if (!reader) return;
    const auto waiting = std::exchange(reader, {});
    executor->post([waiting] { waiting.resume(); });
  }
  void put(std::string piece) {
    size += piece.size();
    if (!piece.empty()) pieces.push_back(std::move(piece));
    wake_reader();
  }
  void finish(End how) {
    std::lock_guard lock(mutex);
    if (end == End::open) end = how;
    wake_reader();
  }
  Error ended() const {
    if (end == End::ended) return {Code::cancelled, "the request has ended"};
    return {Code::invalid_argument, "the body is closed"};
  }
};

namespace {

using End = BodyPipe::State::End;

class PipeReader final : public http::BodyReader {
 public:
  PipeReader(std::shared_ptr<BodyPipe::State> state, Executor* executor) : state_(std::move(state)) {
    state_->executor = executor;
  }
  ~PipeReader() override {
    std::deque<BodyPipe::State::Waiter> orphans;
    {
      std::lock_guard lock(state_->mutex);
      state_->end = End::ended;
      orphans.swap(state_->waiters);
    }
    state_->room.notify_all();
    for (auto& waiter : orphans) waiter.done(Error{Code::cancelled, "the request has ended"});
  }

  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    for (;;) {
      Result<std::size_t> taken = take(into);
      if (!taken || *taken > 0) co_return taken;
      if (finished()) co_return std::size_t{0};
      co_await Arrival{*state_};
    }
  }

 private:
  struct Arrival {
    BodyPipe::State& state;
    bool await_ready() const { return false; }
    bool await_suspend(std::coroutine_handle<> reader) {
      std::lock_guard lock(state.mutex);
      if (state.size > 0 || state.end != End::open) return false;
      state.reader = reader;
      return true;
    }
    void await_resume() const {}
  };

  bool finished() {
    std::lock_guard lock(state_->mutex);
    return state_->end == End::whole && state_->size == 0;
  }

  Result<std::size_t> take(std::span<std::byte> into) {
    std::vector<Told> written;
    std::size_t taken = 0;
    {
      std::lock_guard lock(state_->mutex);
      BodyPipe::State& pipe = *state_;
      if (pipe.end == End::aborted) return Error{Code::cancelled, "the body was given up"};
      while (taken < into.size() && !pipe.pieces.empty()) {
        const std::string& piece = pipe.pieces.front();
        const std::size_t count = std::min(into.size() - taken, piece.size() - pipe.position);
        std::memcpy(into.data() + taken, piece.data() + pipe.position, count);
        taken += count;
        pipe.position += count;
        if (pipe.position == piece.size()) {
          pipe.pieces.pop_front();
          pipe.position = 0;
        }
      }
      pipe.size -= taken;
      while (!pipe.waiters.empty() && pipe.size < pipe.capacity) {
        pipe.put(std::move(pipe.waiters.front().data));
        written.push_back(std::move(pipe.waiters.front().done));
        pipe.waiters.pop_front();
      }
    }
    if (taken > 0) state_->room.notify_all();
    for (auto& done : written) done({});
    return taken;
  }

  std::shared_ptr<BodyPipe::State> state_;
};

class PipeSource final : public BodySource {
 public:
  explicit PipeSource(std::shared_ptr<BodyPipe::State> state) : state_(std::move(state)) {}
  Result<std::unique_ptr<http::BodyReader>> open(Executor& executor) override {
    return std::unique_ptr<http::BodyReader>(std::make_unique<PipeReader>(state_, &executor));
  }
  std::optional<std::uint64_t> length() const override { return std::nullopt; }
  bool repeatable() const override { return false; }

 private:
  std::shared_ptr<BodyPipe::State> state_;
};

}  // namespace

BodyPipe::BodyPipe(std::size_t capacity) : state_(std::make_shared<State>(capacity)) {}

Status BodyPipe::write(std::string piece) {
  std::unique_lock lock(state_->mutex);
  state_->room.wait(lock, [this] { return state_->end != End::open || state_->has_room(); });
  if (state_->end != End::open) return state_->ended();
  state_->put(std::move(piece));
  return {};
}

Result<bool> BodyPipe::write_within(std::chrono::milliseconds patience, std::string& piece) {
  std::unique_lock lock(state_->mutex);
  const bool settled = state_->room.wait_for(
      lock, patience, [this] { return state_->end != End::open || state_->has_room(); });
  if (!settled) return false;
  if (state_->end != End::open) return state_->ended();
  state_->put(std::move(piece));
  return true;
}

Status BodyPipe::write_when_there_is_room(std::string piece, std::function<void(Status)> done) {
  {
    std::lock_guard lock(state_->mutex);
    if (state_->end != End::open) return state_->ended();
    if (!state_->has_room()) {
      state_->waiters.push_back({std::move(piece), std::move(done)});
      return {};
    }
    state_->put(std::move(piece));
  }
  done({});
  return {};
}

void BodyPipe::close() {
  state_->finish(End::whole);
}

void BodyPipe::abort() {
  state_->finish(End::aborted);
}

std::shared_ptr<BodySource> BodyPipe::source() const {
  return std::make_shared<PipeSource>(state_);
}

}  // namespace mere::client
