#include "http/client_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

#include "base/check.h"

namespace mere::http {
namespace {

constexpr std::size_t kIdleHandles = 64;

SendError cancelled(Reached reached) {
  return SendError{{Code::cancelled, "the request was cancelled"}, reached};
}

}  // namespace

Result<std::shared_ptr<ClientLoop>> ClientLoop::make(const ClientOptions& options) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  auto loop = std::make_shared<ClientLoop>(options);
  loop->epoll_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
  loop->wake_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  loop->multi_ = ready == CURLE_OK ? curl_multi_init() : nullptr;
  epoll_event event{};
  event.events = EPOLLIN;
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
    if (!refused) inbox_.push_back({exchange, order});
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
  while (take_orders()) {
    if (curl_timer_ <= now_) {
      curl_timer_ = Clock::time_point::max();
      int running = 0;
      curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    collect_finished();
    end_overdue();
    for (const auto& exchange : touched_) {
      const auto found = transfers_.find(exchange.get());
      if (found != transfers_.end()) found->second->touched = false;
      exchange->announce();
    }
    touched_.clear();
    wait();
  }
  while (!transfers_.empty()) {
    Transfer& transfer = *transfers_.begin()->second;
    const auto exchange = transfer.exchange;
    end(transfer, cancelled(transfer.reached()));
    exchange->announce();
  }
  for (CURL* handle : idle_handles_) curl_easy_cleanup(handle);
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
      // Whichever side has nothing to do yet pauses itself again.
      curl_easy_pause(transfer.easy, CURLPAUSE_CONT);
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
  origins_[request.origin].waiting.push_back(&transfer);
  run_waiting(request.origin);
}

void ClientLoop::run_waiting(const std::string& name) {
  const auto found = origins_.find(name);
  if (found == origins_.end()) return;
  Origin& origin = found->second;
  while (!origin.waiting.empty() && origin.active < options_.max_connections) {
    Transfer* const next = origin.waiting.front();
    origin.waiting.pop_front();
    ++origin.active;
    activate(*next);
  }
  if (origin.active == 0 && origin.waiting.empty()) origins_.erase(found);
}

void ClientLoop::activate(Transfer& transfer) {
  CURL* handle = nullptr;
  if (idle_handles_.empty()) {
    handle = make_handle(options_);
    MERE_CHECK(handle);
  } else {
    handle = idle_handles_.back();
    idle_handles_.pop_back();
  }
  transfer.prepare(handle, now_, touched_);
  const auto idle = now_ + options_.idle_timeout;
  if (options_.idle_timeout.count() > 0) set_deadline(transfer, std::min(transfer.deadline, idle));
  curl_multi_add_handle(multi_, handle);
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
      if (transfer.exchange->is_paused()) transfer.last_progress = now_;
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
  const std::string& name = exchange->request().origin;
  set_deadline(transfer, Clock::time_point::max());
  const auto origin = origins_.find(name);
  if (transfer.easy) {
    curl_multi_remove_handle(multi_, transfer.easy);
    if (idle_handles_.size() < kIdleHandles) {
      idle_handles_.push_back(transfer.easy);
    } else {
      curl_easy_cleanup(transfer.easy);
    }
    --origin->second.active;
  } else {
    std::erase(origin->second.waiting, &transfer);
  }
  exchange->end(std::move(failure));
  touched_.push_back(exchange);
  transfers_.erase(exchange.get());
  bool closing = false;
  {
    std::lock_guard lock(mutex_);
    closing = closing_;
  }
  if (!closing) run_waiting(name);
}

int ClientLoop::wait_milliseconds() const {
  auto until = curl_timer_;
  if (!deadlines_.empty()) until = std::min(until, deadlines_.begin()->first);
  if (until == Clock::time_point::max()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

void ClientLoop::wait() {
  int patience = touched_.empty() ? wait_milliseconds() : 0;
  {
    std::lock_guard lock(mutex_);
    if (!inbox_.empty() || closing_) patience = 0;
    sleeping_ = patience != 0;
  }
  epoll_event events[64];
  const int count = ::epoll_wait(epoll_.get(), events, 64, patience);
  now_ = Clock::now();
  for (int i = 0; i < count; ++i) {
    if (events[i].data.fd == wake_.get()) {
      std::uint64_t ignored = 0;
      [[maybe_unused]] const ssize_t size = ::read(wake_.get(), &ignored, sizeof ignored);
      continue;
    }
    int action = 0;
    if (events[i].events & (EPOLLIN | EPOLLHUP)) action |= CURL_CSELECT_IN;
    if (events[i].events & EPOLLOUT) action |= CURL_CSELECT_OUT;
    if (events[i].events & EPOLLERR) action |= CURL_CSELECT_ERR;
    int running = 0;
    curl_multi_socket_action(multi_, events[i].data.fd, action, &running);
  }
}

int ClientLoop::on_socket(CURL*, curl_socket_t socket, int what, void* self, void* known) {
  auto& loop = *static_cast<ClientLoop*>(self);
  epoll_event event{};
  event.data.fd = socket;
  if (what & CURL_POLL_IN && what != CURL_POLL_REMOVE) event.events |= EPOLLIN;
  if (what & CURL_POLL_OUT && what != CURL_POLL_REMOVE) event.events |= EPOLLOUT;
  if (what == CURL_POLL_REMOVE) {
    ::epoll_ctl(loop.epoll_.get(), EPOLL_CTL_DEL, socket, nullptr);
  } else {
    ::epoll_ctl(loop.epoll_.get(), known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
    if (!known) curl_multi_assign(loop.multi_, socket, self);
  }
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
