// One thread's loop over its sockets: what waits for a socket is resumed when the socket is ready, when
// its time is up, or when it is interrupted; what is posted runs in between.
//
// Our own over epoll rather than a library's: with edge-triggered events a request costs three system
// calls (wait, receive, send) and no allocation, and coroutines of base wait on it directly.
#pragma once

#include <algorithm>
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/executor.h"
#include "base/fd.h"
#include "base/result.h"

namespace mere::http {

using TimePoint = std::chrono::steady_clock::time_point;

class Socket;

class EventLoop final : public Executor {
 public:
  // Errors: `unavailable` (no descriptors left).
  static Result<std::unique_ptr<EventLoop>> create();
  ~EventLoop() override;

  // Runs on this thread until stop().
  void run();
  // On the loop's thread: run() returns after the current round.
  void stop() { stopping_ = true; }

  void post(std::function<void()> work) override;
  // Runs `work` on the loop's thread at `time` or up to 100 ms later. On the loop's thread only.
  void call_at(TimePoint time, std::function<void()> work);

  bool is_this_thread() const { return std::this_thread::get_id() == thread_; }
  // When this round began.
  TimePoint now() const { return now_; }

  // co_await loop.here(): goes on, on the loop's thread; at once if it is this one.
  auto here() {
    struct Awaiter {
      EventLoop& loop;
      bool await_ready() const { return loop.is_this_thread(); }
      void await_suspend(std::coroutine_handle<> awaiter) {
        loop.post([awaiter] { awaiter.resume(); });
      }
      void await_resume() const {}
    };
    return Awaiter{*this};
  }
  // co_await loop.yield(): goes on after the others had their turn.
  auto yield() {
    struct Awaiter {
      EventLoop& loop;
      bool await_ready() const { return false; }
      void await_suspend(std::coroutine_handle<> awaiter) {
        loop.post([awaiter] { awaiter.resume(); });
      }
      void await_resume() const {}
    };
    return Awaiter{*this};
  }

 private:
  friend class Socket;

  struct Event {
    Socket* socket;  // null: gone since it was reported
    std::uint32_t flags;
  };
  struct Call {
    TimePoint time;
    std::function<void()> work;
  };

  EventLoop(Fd epoll, Fd wake) : epoll_(std::move(epoll)), wake_(std::move(wake)) {}

  void run_posted();
  void wait_for_events();
  void end_overdue_waits();
  void note_deadline(TimePoint deadline) { earliest_ = std::min(earliest_, deadline); }
  void forget(Socket* socket);

  Fd epoll_;
  Fd wake_;  // eventfd: written by post() from another thread while the loop sleeps
  std::thread::id thread_;
  TimePoint now_ = std::chrono::steady_clock::now();
  bool stopping_ = false;

  std::vector<Socket*> sockets_;
  std::vector<Event> events_;     // of this round
  std::vector<Socket*> overdue_;  // of this round; null: gone
  std::vector<Call> calls_;
  TimePoint earliest_ = TimePoint::max();  // no deadline is before it

  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;  // guarded by mutex_
  bool sleeping_ = false;                      // guarded by mutex_
  std::vector<std::function<void()>> running_;
};

// A non-blocking socket and the one coroutine that waits for it. On its loop's thread only.
class Socket {
 public:
  enum Interest : unsigned { kRead = 1, kWrite = 2 };
  enum class Wake { ready, timed_out, interrupted };

  Socket(EventLoop& loop, Fd fd) : loop_(loop), fd_(std::move(fd)) {}
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  // Once, before the first wait. Errors: `unavailable`.
  Status watch();

  int fd() const { return fd_.get(); }
  EventLoop& loop() { return loop_; }

  bool may_read() const { return (ready_ & kRead) != 0; }
  // The system answered "would block": the next wait sleeps until it reports an event.
  void blocked(Interest interest) { ready_ &= ~static_cast<unsigned>(interest); }
  // A read took all there was. Unlike blocked(), this says nothing once the peer has ended.
  void drained() {
    if (!ended_) ready_ &= ~static_cast<unsigned>(kRead);
  }

  struct Wait {
    Socket& socket;
    unsigned interest;
    TimePoint deadline;
    bool await_ready();
    void await_suspend(std::coroutine_handle<> awaiter);
    Wake await_resume() { return socket.wake_; }
  };
  // co_await socket.wait(kRead, deadline). Deadlines are kept to about 100 ms.
  Wait wait(unsigned interest, TimePoint deadline) { return Wait{*this, interest, deadline}; }

  // Ends a wait under way with `interrupted`; later ones are as ever.
  void wake();
  // The same, and every later wait ends at once.
  void interrupt();

 private:
  friend class EventLoop;

  void resume(Wake wake);

  EventLoop& loop_;
  Fd fd_;
  std::size_t index_ = kUnwatched;   // in loop_.sockets_
  unsigned ready_ = kRead | kWrite;  // tried first, waited for after "would block"
  bool ended_ = false;               // the peer closed or failed: reading answers at once for ever
  bool interrupted_ = false;

  std::coroutine_handle<> waiter_;
  unsigned interest_ = 0;
  TimePoint deadline_;
  Wake wake_ = Wake::ready;

  static constexpr std::size_t kUnwatched = static_cast<std::size_t>(-1);
};

}  // namespace mere::http
