#include "http/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace mere::http {
namespace {

using std::chrono::milliseconds;

// How late a deadline may be noticed: keeps the look at all waits rare.
constexpr milliseconds kDeadlineStep{100};
constexpr int kEventsPerRound = 256;

Error out_of_descriptors(const char* call) {
  return Error{Code::unavailable, std::string(call) + ": " + std::strerror(errno)};
}

}  // namespace

Result<std::unique_ptr<EventLoop>> EventLoop::create() {
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return out_of_descriptors("epoll_create1");
  Fd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return out_of_descriptors("eventfd");
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.ptr = nullptr;  // tells it from a socket
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wake.get(), &event) != 0)
    return out_of_descriptors("epoll_ctl");
  return std::unique_ptr<EventLoop>(new EventLoop(std::move(epoll), std::move(wake)));
}

EventLoop::~EventLoop() {
  MERE_CHECK(sockets_.empty());
}

void EventLoop::run() {
  thread_ = std::this_thread::get_id();
  stopping_ = false;
  while (!stopping_) {
    wait_for_events();
    for (std::size_t i = 0; i < events_.size(); ++i) {
      const Event event = events_[i];
      if (!event.socket) continue;
      Socket& socket = *event.socket;
      if (event.flags & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) socket.ended_ = true;
      if (event.flags & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) socket.ready_ |= Socket::kRead;
      if (event.flags & (EPOLLOUT | EPOLLHUP | EPOLLERR)) socket.ready_ |= Socket::kWrite;
      if (socket.waiter_ && (socket.ready_ & socket.interest_)) socket.resume(Socket::Wake::ready);
    }
    events_.clear();
    run_posted();
    if (earliest_ <= now_) end_overdue_waits();
  }
}

void EventLoop::post(std::function<void()> work) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(work));
    wake = std::exchange(sleeping_, false);
  }
  if (!wake) return;
  const std::uint64_t one = 1;
  // It can only fail with a full counter, and then the loop is awake.
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

void EventLoop::call_at(TimePoint time, std::function<void()> work) {
  calls_.push_back({time, std::move(work)});
  note_deadline(time);
}

void EventLoop::wait_for_events() {
  int timeout = -1;
  {
    const std::lock_guard lock(mutex_);
    if (!posted_.empty()) {
      timeout = 0;
    } else {
      sleeping_ = true;
    }
  }
  if (timeout != 0 && earliest_ != TimePoint::max()) {
    const auto left = std::chrono::ceil<milliseconds>(earliest_ - std::chrono::steady_clock::now());
    timeout = static_cast<int>(std::clamp<milliseconds::rep>(left.count(), 0, 60'000));
  }

  std::array<epoll_event, kEventsPerRound> reported;
  const int count = ::epoll_wait(epoll_.get(), reported.data(), kEventsPerRound, timeout);
  MERE_CHECK(count >= 0 || errno == EINTR);
  {
    const std::lock_guard lock(mutex_);
    sleeping_ = false;
  }
  now_ = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = reported[static_cast<std::size_t>(i)];
    if (event.data.ptr) {
      events_.push_back({static_cast<Socket*>(event.data.ptr), event.events});
    } else {
      std::uint64_t ignored = 0;
      [[maybe_unused]] const auto got = ::read(wake_.get(), &ignored, sizeof ignored);
    }
  }
}

void EventLoop::run_posted() {
  {
    const std::lock_guard lock(mutex_);
    running_.swap(posted_);
  }
  for (auto& work : running_) {
    work();
    work = nullptr;  // what it held goes before the next one runs
  }
  running_.clear();
}

void EventLoop::end_overdue_waits() {
  earliest_ = TimePoint::max();
  for (Socket* socket : sockets_) {
    if (!socket->waiter_) continue;
    if (socket->deadline_ <= now_) {
      overdue_.push_back(socket);
    } else {
      note_deadline(socket->deadline_);
    }
  }
  std::vector<Call> due;
  for (std::size_t i = 0; i < calls_.size();) {
    if (calls_[i].time <= now_) {
      due.push_back(std::move(calls_[i]));
      calls_[i] = std::move(calls_.back());
      calls_.pop_back();
    } else {
      note_deadline(calls_[i++].time);
    }
  }
  if (earliest_ != TimePoint::max()) earliest_ = std::max(earliest_, now_ + kDeadlineStep);

  for (std::size_t i = 0; i < overdue_.size(); ++i) {
    Socket* socket = overdue_[i];
    if (socket && socket->waiter_ && socket->deadline_ <= now_) socket->resume(Socket::Wake::timed_out);
  }
  overdue_.clear();
  for (Call& call : due) call.work();
}

void EventLoop::forget(Socket* socket) {
  for (Event& event : events_) {
    if (event.socket == socket) event.socket = nullptr;
  }
  std::replace(overdue_.begin(), overdue_.end(), socket, static_cast<Socket*>(nullptr));
}

Socket::~Socket() {
  MERE_CHECK(!waiter_);
  if (index_ == kUnwatched) return;
  ::epoll_ctl(loop_.epoll_.get(), EPOLL_CTL_DEL, fd_.get(), nullptr);
  loop_.sockets_[index_] = loop_.sockets_.back();
  loop_.sockets_[index_]->index_ = index_;
  loop_.sockets_.pop_back();
  loop_.forget(this);
}

Status Socket::watch() {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = this;
  if (::epoll_ctl(loop_.epoll_.get(), EPOLL_CTL_ADD, fd_.get(), &event) != 0)
    return out_of_descriptors("epoll_ctl");
  index_ = loop_.sockets_.size();
  loop_.sockets_.push_back(this);
  return {};
}

bool Socket::Wait::await_ready() {
  MERE_CHECK(!socket.waiter_);
  if (socket.interrupted_) {
    socket.wake_ = Wake::interrupted;
    return true;
  }
  socket.wake_ = Wake::ready;
  return (socket.ready_ & interest) != 0;
}

void Socket::Wait::await_suspend(std::coroutine_handle<> awaiter) {
  socket.waiter_ = awaiter;
  socket.interest_ = interest;
  socket.deadline_ = deadline;
  socket.loop_.note_deadline(deadline);
}

void Socket::resume(Wake wake) {
  wake_ = wake;
  std::exchange(waiter_, {}).resume();  // may destroy this
}

void Socket::wake() {
  if (!waiter_) return;
  wake_ = Wake::interrupted;
  loop_.post([awaiter = std::exchange(waiter_, {})] { awaiter.resume(); });
}

void Socket::interrupt() {
  interrupted_ = true;
  wake();
}

}  // namespace mere::http
