#include "http/client_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>

#include "base/check.h"
#include "http/client_exchange.h"

namespace mere::http {
namespace {

constexpr std::size_t kIdleHandles = 64;

SendError cancelled(Reached reached) {
  return {request_cancelled(), reached};
}

}  // namespace

Result<std::shared_ptr<ClientLoop>> ClientLoop::make(const ClientOptions& options) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  auto loop = std::make_shared<ClientLoop>(options);
  loop->epoll_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
  loop->wake_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  loop->multi_ = ready == CURLE_OK ? curl_multi_init() : nullptr;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;  // each write wakes once, and nobody has to read it
  event.data.fd = loop->wake_.get();
  if (!loop->multi_ || ::epoll_ctl(loop->epoll_.get(), EPOLL_CTL_ADD, loop->wake_.get(), &event) != 0) {
    return Error{Code::unavailable, "the HTTP client cannot start: no descriptors or memory left"};
  }
  curl_multi_setopt(loop->multi_, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(loop->multi_, CURLMOPT_SOCKETDATA, loop.get());
  curl_multi_setopt(loop->multi_, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(loop->multi_, CURLMOPT_TIMERDATA, loop.get());
  curl_multi_setopt(loop->multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options.max_connections));
  loop->thread_ = std::thread([raw = loop.get()] { raw->run(); });
  return loop;
}

ClientLoop::~ClientLoop() {
  MERE_CHECK(!thread_.joinable());
  if (multi_) curl_multi_cleanup(multi_);
}

void ClientLoop::close() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = ::write(wake_.get(), &one, sizeof one);
  if (thread_.joinable()) thread_.join();
}

void ClientLoop::post(std::shared_ptr<Exchange> exchange, Order order) {
  bool wake = false;
  bool refused = false;
  {
    std::lock_guard lock(mutex_);
    refused = closing_;
    if (!refused) inbox_.push_back({std::move(exchange), order});
    wake = !refused && std::exchange(sleeping_, false);
  }
  if (refused && order == Order::start) {
    exchange->end(cancelled(Reached::not_sent));
    exchange->announce();
  }
  if (!wake) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = ::write(wake_.get(), &one, sizeof one);
}

void ClientLoop::run() {
  // Signals are for the program's own threads; a connection that broke is an error of its write.
  sigset_t signals;
  sigfillset(&signals);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  while (take_orders()) {
    run_waiting();
    if (curl_timer_ <= now_) {
      curl_timer_ = Clock::time_point::max();
      int running = 0;
      curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    collect_finished();
    end_unwatched();
    end_overdue();
    tell_touched();
    wait();
  }
  while (!transfers_.empty()) {
    Transfer& transfer = *transfers_.begin()->second;
    end(transfer, cancelled(transfer.reached()));
  }
  tell_touched();
  for (CURL* handle : idle_handles_) curl_easy_cleanup(handle);
  curl_multi_cleanup(multi_);  // now, with the kept connections: an exchange may outlive the client
  multi_ = nullptr;
}

void ClientLoop::tell_touched() {
  for (std::size_t i = 0; i < touched_.size(); ++i) {  // grows where resume() hands bytes over
    const std::shared_ptr<Exchange> exchange = touched_[i];
    const auto found = transfers_.find(exchange.get());
    if (found != transfers_.end()) {
      Transfer& transfer = *found->second;
      transfer.touched = false;
      if (transfer.refused && !transfer.body_is_sent) transfer.resume();
    }
    exchange->announce();
  }
  touched_.clear();
}

// False: the client closes, and all that waits ends.
bool ClientLoop::take_orders() {
  bool closing = false;
  {
    std::lock_guard lock(mutex_);
    sleeping_ = false;
    orders_.swap(inbox_);
    closing = closing_;
  }
  now_ = Clock::now();
  for (const Message& message : orders_) {
    if (message.order == Order::start) {
      start(message.exchange);
      continue;
    }
    const auto found = transfers_.find(message.exchange.get());
    if (found == transfers_.end()) continue;
    Transfer& transfer = *found->second;
    if (message.order == Order::stop) {
      end(transfer, cancelled(transfer.reached()));
    } else if (transfer.easy) {
      transfer.last_progress = now_;
      transfer.resume();
    }
  }
  orders_.clear();
  return !closing;
}

void ClientLoop::start(std::shared_ptr<Exchange> exchange) {
  auto made = std::make_unique<Transfer>(exchange);
  Transfer& transfer = *made;
  transfers_.emplace(exchange.get(), std::move(made));
  const OutgoingRequest& request = exchange->request();
  transfer.deadline = Clock::time_point::max();
  if (request.timeout.count() > 0) {
    transfer.head_deadline = now_ + request.timeout;
    set_deadline(transfer, *transfer.head_deadline);
  }
  Origins::value_type& origin = *origins_.try_emplace(request.origin).first;
  transfer.in_queue = origin.second.waiting.insert(origin.second.waiting.end(), &transfer);
  note_freed(origin);
}

void ClientLoop::note_freed(Origins::value_type& origin) {
  if (std::exchange(origin.second.noted, true)) return;
  freed_.push_back(&origin);
}

void ClientLoop::run_waiting() {
  for (std::size_t i = 0; i < freed_.size(); ++i) {  // grows where a transfer ends at once
    Origin& origin = freed_[i]->second;
    origin.noted = false;
    while (!origin.waiting.empty() && origin.active < options_.max_connections) {
      Transfer& next = *origin.waiting.front();
      if (activate(next)) continue;
      end(next, SendError{{Code::unavailable, "the HTTP client has no memory for a request"}});
    }
    if (origin.active == 0 && origin.waiting.empty() && !origin.noted) {
      origins_.erase(origins_.find(freed_[i]->first));
    }
  }
  freed_.clear();
}

// False: without memory.
bool ClientLoop::activate(Transfer& transfer) {
  CURL* handle = nullptr;
  if (idle_handles_.empty()) {
    handle = make_handle(options_);
    if (!handle) return false;
  } else {
    handle = idle_handles_.back();
    idle_handles_.pop_back();
  }
  Origin& origin = origins_.find(transfer.exchange->request().origin)->second;
  origin.waiting.erase(transfer.in_queue);
  ++origin.active;
  transfer.prepare(handle, now_, touched_);
  const auto idle = now_ + options_.idle_timeout;
  if (options_.idle_timeout.count() > 0) set_deadline(transfer, std::min(transfer.deadline, idle));
  return curl_multi_add_handle(multi_, handle) == CURLM_OK;
}

void ClientLoop::collect_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // gone once the handle is removed
    Transfer* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    std::optional<SendError> failure;
    if (code != CURLE_OK) {
      failure = transfer->failure_of(code);
    } else if (!transfer->has_head) {
      failure = SendError{{Code::unavailable, transfer->exchange->request().origin + " sent no answer"},
                          transfer->reached()};
    }
    end(*transfer, std::move(failure));
  }
}

void ClientLoop::end_unwatched() {
  for (std::size_t i = 0; i < unwatched_.size(); ++i) {
    const auto found = transfers_.find(unwatched_[i].get());
    if (found == transfers_.end()) continue;
    end(*found->second, SendError{{Code::unavailable, "the system cannot watch one more connection"},
                                  found->second->reached()});
  }
  unwatched_.clear();
}

void ClientLoop::end_overdue() {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now_) {
    Transfer& transfer = *deadlines_.begin()->second;
    const std::string& origin = transfer.exchange->request().origin;
    auto next = Clock::time_point::max();
    if (transfer.head_deadline && !transfer.has_head) {
      if (*transfer.head_deadline <= now_) {
        end(transfer,
            SendError{{Code::deadline_exceeded, origin + " did not answer in time"}, transfer.reached()});
        continue;
      }
      next = *transfer.head_deadline;
    }
    if (transfer.easy && options_.idle_timeout.count() > 0) {
      if (!transfer.awaits_bytes()) transfer.last_progress = now_;
      const auto idle = transfer.last_progress + options_.idle_timeout;
      if (idle <= now_) {
        end(transfer,
            SendError{{Code::deadline_exceeded, origin + " was silent for too long"}, transfer.reached()});
        continue;
      }
      next = std::min(next, idle);
    }
    set_deadline(transfer, next);
  }
}

void ClientLoop::set_deadline(Transfer& transfer, Clock::time_point time) {
  if (transfer.deadline != Clock::time_point::max()) deadlines_.erase({transfer.deadline, &transfer});
  transfer.deadline = time;
  if (time != Clock::time_point::max()) deadlines_.emplace(time, &transfer);
}

void ClientLoop::end(Transfer& transfer, std::optional<SendError> failure) {
  const std::shared_ptr<Exchange> exchange = transfer.exchange;
  set_deadline(transfer, Clock::time_point::max());
  Origins::value_type& origin = *origins_.find(exchange->request().origin);
  if (transfer.easy) {
    curl_multi_remove_handle(multi_, transfer.easy);
    CURL* const handle = transfer.release();
    if (idle_handles_.size() < kIdleHandles) {
      idle_handles_.push_back(handle);
    } else {
      curl_easy_cleanup(handle);
    }
    --origin.second.active;
  } else {
    origin.second.waiting.erase(transfer.in_queue);
  }
  note_freed(origin);
  exchange->end(std::move(failure));
  touched_.push_back(exchange);
  transfers_.erase(exchange.get());
}

int ClientLoop::wait_milliseconds() const {
  auto until = curl_timer_;
  if (!deadlines_.empty()) until = std::min(until, deadlines_.begin()->first);
  if (until == Clock::time_point::max()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

void ClientLoop::wait() {
  int patience = freed_.empty() && unwatched_.empty() ? wait_milliseconds() : 0;
  {
    std::lock_guard lock(mutex_);
    if (!inbox_.empty() || closing_) patience = 0;
    sleeping_ = patience != 0;
  }
  epoll_event events[64];
  const int count = ::epoll_wait(epoll_.get(), events, 64, patience);
  now_ = Clock::now();
  for (int i = 0; i < count; ++i) {
    if (events[i].data.fd == wake_.get()) continue;
    int action = 0;
    if (events[i].events & (EPOLLIN | EPOLLHUP)) action |= CURL_CSELECT_IN;
    if (events[i].events & EPOLLOUT) action |= CURL_CSELECT_OUT;
    if (events[i].events & EPOLLERR) action |= CURL_CSELECT_ERR;
    int running = 0;
    curl_multi_socket_action(multi_, events[i].data.fd, action, &running);
  }
}

int ClientLoop::on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* known) {
  auto& loop = *static_cast<ClientLoop*>(self);
  const int epoll = loop.epoll_.get();
  if (what == CURL_POLL_REMOVE) {
    ::epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nullptr);  // it may be closed, and gone by that
    return 0;
  }
  epoll_event event{};
  event.data.fd = socket;
  if (what & CURL_POLL_IN) event.events |= EPOLLIN;
  if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
  if (::epoll_ctl(epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event) != 0) {
    // An error from here would be the end of every transfer.
    Transfer* transfer = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    if (transfer) loop.unwatched_.push_back(transfer->exchange);
    return 0;
  }
  if (!known) curl_multi_assign(loop.multi_, socket, self);
  return 0;
}

int ClientLoop::on_timer(CURLM*, long milliseconds, void* self) {
  auto& loop = *static_cast<ClientLoop*>(self);
  loop.curl_timer_ =
      milliseconds < 0 ? Clock::time_point::max() : Clock::now() + std::chrono::milliseconds(milliseconds);
  if (milliseconds == 0) loop.curl_timer_ = loop.now_;
  return 0;
}

}  // namespace mere::http
