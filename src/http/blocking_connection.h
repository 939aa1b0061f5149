// A connection that is used by the very thread that waits for it: nobody else has to be woken.
//
// curl connects it (names, TLS, proxies, time-outs) and moves its bytes; the waiting is done here.
#pragma once

#include <curl/curl.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>

#include "base/executor.h"
#include "base/result.h"
#include "http/client.h"
#include "http/client_request.h"
#include "http/short_wait.h"

namespace mere::http {

// What ends a wait but its event, and what is done meanwhile.
class Patience {
 public:
  using Clock = std::chrono::steady_clock;

  // All outlive this.
  Patience(const Waiting& waiting, std::stop_token stop, const std::atomic<bool>& closing)
      : waiting_(waiting), stop_(std::move(stop)), closing_(closing) {}

  // Calls the waiter's work if it is time to. False: nobody wants the rest any more.
  bool go_on();
  // How long a wait may last before go_on() is due, at most until `end`.
  std::chrono::milliseconds slice(Clock::time_point end) const;

 private:
  const Waiting& waiting_;
  const std::stop_token stop_;
  const std::atomic<bool>& closing_;
  Clock::time_point next_ = Clock::now() + waiting_.every;
};

class BlockingConnection {
 public:
  using Clock = Patience::Clock;

  // Connects by `end`. Errors, of none of which a byte of the request was sent: as Client::send.
  static std::variant<std::unique_ptr<BlockingConnection>, SendError> open(const ClientOptions& options,
                                                                           const OutgoingRequest& request,
                                                                           Patience& patience,
                                                                           Clock::time_point end);
  BlockingConnection(CURLM* multi, CURL* handle) : multi_(multi), handle_(handle) {}
  ~BlockingConnection();
  BlockingConnection(const BlockingConnection&) = delete;

  // True: all of it is on its way. False: the peer has begun to answer before, or has broken the connection;
  // receive() tells. Errors: cancelled, deadline_exceeded (the peer takes no byte for `idle`; 0: for ever).
  Result<bool> send(std::string_view bytes, Patience& patience, std::chrono::milliseconds idle);

  // At least one byte; 0 at the end of what the peer sends. By `end`. `expected`: how many bytes are still to
  // come for certain; 0: not known. Errors: unavailable (it broke, for the reason that the message is),
  // cancelled, deadline_exceeded.
  Result<std::size_t> receive(std::span<char> into, std::uint64_t expected, Patience& patience,
                              Clock::time_point end);

  // Whether the peer has said or ended something that nobody asked it for.
  bool is_spoilt();

  // For bytes received and not used yet.
  static constexpr std::size_t kBufferBytes = 64u << 10;
  std::span<char> buffer();

  Clock::time_point idle_since;

 private:
  Status wait(short events, Patience& patience, Clock::time_point end, short& came);
  Status wait_for_bytes(std::uint64_t expected, Patience& patience, Clock::time_point end);
  int poll_at_once() const;  // as poll(): more than 0 where there is something to receive
  void set_low_water(int bytes);

  CURLM* const multi_;  // the handle's own: it connects without blocking, and knows the connection
  CURL* const handle_;
  curl_socket_t socket_ = CURL_SOCKET_BAD;
  char message_[CURL_ERROR_SIZE] = "";  // curl's, of what went wrong
  std::unique_ptr<char[]> buffer_;
  ShortWait short_wait_;
  int low_water_ = 1;  // bytes that must have come before a wait for them ends (SO_RCVLOWAT of socket(7))
};

}  // namespace mere::http
