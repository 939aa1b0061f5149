#include "http/blocking_connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "http/client_failure.h"
#include "http/client_transfer.h"

namespace mere::http {
namespace {

// So often at least somebody looks whether anybody still waits.
constexpr std::chrono::milliseconds kLongestSlice{100};

// To wake up for every packet of a large body costs more than to copy it, so that many are waited for where
// many are to come; where they come slowly, for this long only. On loopback it makes downloads twice as fast.
constexpr int kBatchBytes = 256 << 10;
constexpr std::chrono::milliseconds kBatchTime{10};

constexpr long kMostAtOnce = 1 << 20;  // bytes that curl_easy_recv() takes

// Runs the one handle of `multi`, which connects, to its end; what curl says, or nullopt: nobody wants it.
std::optional<CURLcode> run(CURLM* multi, Patience& patience) {
  for (int running = 1;;) {
    if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (running == 0) break;
    const auto slice = patience.slice(Patience::Clock::time_point::max());
    curl_multi_poll(multi, nullptr, 0, static_cast<int>(slice.count()), nullptr);
    if (!patience.go_on()) return std::nullopt;
  }
  int left = 0;
  const CURLMsg* const message = curl_multi_info_read(multi, &left);
  return message && message->msg == CURLMSG_DONE ? message->data.result : CURLE_FAILED_INIT;
}

}  // namespace

bool Patience::go_on() {
  if (const auto now = Clock::now(); now >= next_) {
    next_ = now + waiting_.every;
    if (waiting_.work) waiting_.work();
  }
  return !stop_.stop_requested() && !closing_.load(std::memory_order_relaxed);
}

std::chrono::milliseconds Patience::slice(Clock::time_point end) const {
  const auto now = Clock::now();
  const auto until = std::min({end, next_, now + kLongestSlice});
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(until - now), std::chrono::milliseconds(0));
}

std::variant<std::unique_ptr<BlockingConnection>, SendError> BlockingConnection::open(
    const ClientOptions& options, const OutgoingRequest& request, Patience& patience, Clock::time_point end) {
  const auto not_sent = [](Error error) { return SendError{std::move(error), Reached::not_sent}; };
  CURLM* const multi = curl_multi_init();
  CURL* const handle = make_handle(options);
  auto made = std::make_unique<BlockingConnection>(multi, handle);
  const Error no_memory{Code::unavailable, "the HTTP client has no memory for a request"};
  if (!multi || !handle) return not_sent(no_memory);
  curl_slist connect_to{const_cast<char*>(request.connect_to.c_str()), nullptr};  // read only
  curl_easy_setopt(handle, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, kMostAtOnce);
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_CONNECT_TO, request.connect_to.empty() ? nullptr : &connect_to);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, made->message_);
  curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, nullptr);  // a transfer's, which this is not
  auto time = request.connect_timeout;
  bool is_short = false;  // of the whole request's time
  if (end != Clock::time_point::max()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    is_short = time.count() == 0 || left < time;
    if (is_short) time = std::max(left, std::chrono::milliseconds(1));
  }
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(time.count()));

  if (curl_multi_add_handle(multi, handle) != CURLM_OK) return not_sent(no_memory);
  const std::optional<CURLcode> code = run(multi, patience);
  curl_easy_setopt(handle, CURLOPT_CONNECT_TO, nullptr);
  if (!code) return not_sent(request_cancelled());
  if (*code == CURLE_OPERATION_TIMEDOUT && is_short) {
    return not_sent({Code::deadline_exceeded, request.origin + " did not answer in time"});
  }
  if (*code != CURLE_OK) return describe_failure(*code, handle, request, made->message_, Reached::not_sent);
  if (curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, &made->socket_) != CURLE_OK ||
      made->socket_ == CURL_SOCKET_BAD) {
    return not_sent({Code::unavailable, "the connection to " + request.origin + " broke"});
  }
  made->message_[0] = '\0';  // of addresses that were tried in vain
  return made;
}

BlockingConnection::~BlockingConnection() {
  if (multi_ && handle_) curl_multi_remove_handle(multi_, handle_);
  curl_easy_cleanup(handle_);
  curl_multi_cleanup(multi_);
}

std::span<char> BlockingConnection::buffer() {
  if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(kBufferBytes);
  return {buffer_.get(), kBufferBytes};
}

Status BlockingConnection::wait(short events, Patience& patience, Clock::time_point end, short& came) {
  for (;;) {
    pollfd watched{socket_, events, 0};
    const int count = ::poll(&watched, 1, static_cast<int>(patience.slice(end).count()));
    if (count > 0) {
      came = watched.revents;
      return {};
    }
    if (count < 0 && errno != EINTR) {
      return Error{Code::unavailable,
                   std::string("the connection cannot be watched: ") + std::strerror(errno)};
    }
    if (!patience.go_on()) return request_cancelled();
    if (Clock::now() >= end) return Error{Code::deadline_exceeded, "no byte in time"};
  }
}

Result<bool> BlockingConnection::send(std::string_view bytes, Patience& patience,
                                      std::chrono::milliseconds idle) {
  while (!bytes.empty()) {
    std::size_t count = 0;
    const CURLcode code = curl_easy_send(handle_, bytes.data(), bytes.size(), &count);
    if (code == CURLE_OK) {
      bytes.remove_prefix(count);
      continue;
    }
    if (code != CURLE_AGAIN) return false;
    const auto end = idle.count() > 0 ? Clock::now() + idle : Clock::time_point::max();
    short came = 0;
    RETURN_IF_ERROR(wait(POLLIN | POLLOUT, patience, end, came));
    if ((came & POLLOUT) == 0) return false;
    if (!patience.go_on()) return request_cancelled();
  }
  return true;
}

void BlockingConnection::set_low_water(int bytes) {
  if (low_water_ == bytes) return;
  if (::setsockopt(socket_, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes) == 0) low_water_ = bytes;
}

Status BlockingConnection::wait_for_bytes(std::uint64_t expected, Patience& patience, Clock::time_point end) {
  short came = 0;
  if (expected >= 2 * kBatchBytes) {  // TLS has up to a record of them already
    set_low_water(kBatchBytes);
    Status batch = wait(POLLIN, patience, std::min(end, Clock::now() + kBatchTime), came);
    if (batch || batch.error().code != Code::deadline_exceeded) return batch;
  }
  set_low_water(1);
  if (short_wait_.look([this] { return poll_at_once() > 0; })) return {};
  const auto began = Clock::now();
  Status waited = wait(POLLIN, patience, end, came);
  short_wait_.slept(Clock::now() - began);
  return waited;
}

Result<std::size_t> BlockingConnection::receive(std::span<char> into, std::uint64_t expected,
                                                Patience& patience, Clock::time_point end) {
  for (;;) {
    std::size_t count = 0;
    const CURLcode code = curl_easy_recv(handle_, into.data(), into.size(), &count);
    if (code == CURLE_OK) return count;
    if (code != CURLE_AGAIN) {
      long number = 0;
      curl_easy_getinfo(handle_, CURLINFO_OS_ERRNO, &number);
      if (message_[0] != '\0') return Error{Code::unavailable, message_};
      return Error{Code::unavailable,
                   number != 0 ? std::strerror(static_cast<int>(number)) : curl_easy_strerror(code)};
    }
    RETURN_IF_ERROR(wait_for_bytes(expected, patience, end));
  }
}

bool BlockingConnection::is_spoilt() {
  set_low_water(1);
  return poll_at_once() != 0;
}

int BlockingConnection::poll_at_once() const {
  pollfd watched{socket_, POLLIN, 0};
  return ::poll(&watched, 1, 0);
}

}  // namespace mere::http
