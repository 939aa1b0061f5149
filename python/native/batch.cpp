#include "batch.h"

#include <algorithm>
#include <functional>
#include <system_error>
#include <thread>

#include "client/save_body.h"

namespace mere::python {
namespace {

constexpr std::size_t kMostThreads = 64;
constexpr std::size_t kMostThreadsInProcess = 4;
constexpr std::size_t kWorthAThread = 8;  // pieces of an in-process lake

Task<bool> run_piece(Piece& piece, Executor& executor) {
  if (piece.path.empty()) {
    Task<Outcome> running = run(*piece.call, Want::data, executor);
    piece.outcome = co_await std::move(running);
    co_return true;
  }
  for (int attempt = 0;; ++attempt) {
    Task<Outcome> running = run(*piece.call, Want::stream, executor);
    piece.outcome = co_await std::move(running);
    if (!piece.outcome.stream) co_return true;
    Task<Result<std::uint64_t>> saving = save_body(*piece.outcome.stream, piece.path);
    const Result<std::uint64_t> saved = co_await std::move(saving);
    piece.outcome.stream.reset();
    if (saved) {
      piece.saved = *saved;
      co_return true;
    }
    piece.outcome.failure = saved.error();
    if (saved.error().code != Code::unavailable || attempt >= piece.call->policy.retries) co_return true;
  }
}

// How many threads, and how many pieces at a time each.
struct Plan {
  std::size_t threads, width;
};

Plan plan_of(const std::vector<Piece>& pieces, std::size_t concurrency) {
  const Lake& lake = *pieces.front().call->lake;
  std::size_t wanted = std::clamp<std::size_t>(concurrency, 1, pieces.size());
  std::size_t most = kMostThreads;
  if (lake.local != nullptr) {
    const std::size_t processors = std::thread::hardware_concurrency();
    most = std::clamp<std::size_t>(std::min(processors, pieces.size() / kWorthAThread), 1,
                                   kMostThreadsInProcess);
  } else {
    wanted = std::min(wanted, lake.http.max_connections);  // one more would wait for a connection
  }
  const std::size_t threads = std::min(wanted, most);
  return {threads, (wanted + threads - 1) / threads};
}

}  // namespace

// The pieces that one executor has under way.
struct Batch::Lane {
  std::size_t running = 0;
  std::function<void()> finished;
};

bool Batch::take(std::size_t& index) {
  std::lock_guard lock(mutex_);
  if (next_ == pieces.size()) return false;
  index = next_++;
  return true;
}

void Batch::done(std::size_t index) {
  if (progress.get() == Py_None) return;
  std::lock_guard lock(mutex_);
  done_.push_back(index);
}

void Batch::tell() {
  std::vector<std::size_t> untold;
  {
    std::lock_guard lock(mutex_);
    untold.swap(done_);
    if (thrown_ || untold.empty()) return;
  }
  const Locked lock;
  for (const std::size_t index : untold) {
    try {
      sleeping_at_the_end([&] { nb::handle(progress.get())(index); });
    } catch (nb::python_error& thrown) {
      if (ends_all(thrown)) return end_with(std::current_exception());
      thrown.discard_as_unraisable("the progress of a transfer");
    }
  }
}

void Batch::end_with(std::exception_ptr thrown) {
  stop.request_stop();
  std::lock_guard lock(mutex_);
  if (!thrown_) thrown_ = std::move(thrown);
}

// Takes the next piece until none is left.
Task<bool> Batch::work(std::shared_ptr<Batch> batch, Executor& executor, bool tells) {
  for (std::size_t index = 0; batch->take(index);) {
    Piece& piece = batch->pieces[index];
    if (batch->stop.stop_requested()) {
      piece.outcome.failure = Error{Code::cancelled, "the transfer was cancelled"};
      continue;
    }
    Task<bool> running = run_piece(piece, executor);
    co_await std::move(running);
    if (auto asked = end_asked_by(piece.call->body.get())) batch->end_with(std::move(asked));
    batch->done(index);
    if (tells) batch->tell();
  }
  co_return true;
}

Task<bool> Batch::run_lane(std::shared_ptr<Batch> batch, std::size_t width, Executor& executor, bool tells) {
  struct Awaiter {
    std::shared_ptr<Batch>& batch;
    std::size_t width;
    Executor& executor;
    bool tells;
    std::shared_ptr<Lane> lane = std::make_shared<Lane>();
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiter) {
      lane->finished = [waiter, &into = executor] { into.post([waiter] { waiter.resume(); }); };
      lane->running = width;
      const std::shared_ptr<Lane> kept = lane;
      for (std::size_t i = width; i > 0; --i) {
        start<bool>(work(batch, executor, tells), [kept](std::exception_ptr, std::optional<bool>) {
          if (--kept->running == 0) kept->finished();
        });
      }
    }
    void await_resume() const {}
  };
  Awaiter awaiter{batch, width, executor, tells};
  co_await awaiter;
  co_return true;
}

Task<bool> Batch::run_on(std::shared_ptr<Batch> batch, std::size_t concurrency, Executor& executor) {
  if (batch->pieces.empty()) co_return true;
  const std::size_t width = std::clamp<std::size_t>(concurrency, 1, batch->pieces.size());
  Task<bool> running = run_lane(batch, width, executor, true);
  co_await std::move(running);
  if (batch->thrown_) std::rethrow_exception(batch->thrown_);
  co_return true;
}

void Batch::run_here(const std::shared_ptr<Batch>& batch, std::size_t concurrency, Waiting waiting) {
  if (batch->pieces.empty()) return;
  const Plan plan = plan_of(batch->pieces, concurrency);
  const auto run = [&batch, &plan](const Waiting& meanwhile, bool tells) {
    try {
      if (plan.width == 1) {
        BlockingExecutor executor(BlockingExecutor::Tasks::one, meanwhile);
        executor.run(work(batch, executor, tells));
      } else {
        BlockingExecutor executor(BlockingExecutor::Tasks::many, meanwhile);
        executor.run(run_lane(batch, plan.width, executor, tells));
      }
    } catch (...) {
      batch->end_with(std::current_exception());
    }
  };
  const auto other = [&] {
    run({waiting.every, {}}, false);
    std::lock_guard lock(batch->mutex_);
    --batch->lanes_;
    batch->lane_ended_.notify_one();
  };

  std::vector<std::jthread> others;
  others.reserve(plan.threads - 1);
  for (std::size_t i = 1; i < plan.threads; ++i) {
    {
      std::lock_guard lock(batch->mutex_);
      ++batch->lanes_;
    }
    try {
      others.emplace_back(other);
    } catch (const std::system_error&) {  // no more threads: those that there are carry all
      std::lock_guard lock(batch->mutex_);
      --batch->lanes_;
      break;
    }
  }
  const Waiting here{waiting.every, [&] {
                       if (waiting.work) waiting.work();
                       batch->tell();
                     }};
  run(here, true);
  std::unique_lock lock(batch->mutex_);
  while (!batch->lane_ended_.wait_for(lock, here.every, [&] { return batch->lanes_ == 0; })) {
    lock.unlock();
    here.work();
    lock.lock();
  }
  lock.unlock();
  others.clear();
  batch->tell();
  if (batch->thrown_) std::rethrow_exception(batch->thrown_);
}

}  // namespace mere::python
