// Requests to one lake, repeated where that is safe and may help.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/random.h"
#include "base/result.h"
#include "base/task.h"
#include "client/loop_thread.h"
#include "client/transport.h"
#include "http/message.h"

namespace mere::client {

struct CallPolicy {
  int retries = 3;                               // further attempts after the first
  std::chrono::milliseconds timeout{0};          // of each attempt, to the head of the answer; 0: none
  std::chrono::milliseconds connect_timeout{0};  // 0: the transport's
  // Sending it twice does what sending it once does (RFC 9110, section 9.2.2).
  bool repeatable = false;
  std::stop_token stop;
};

// A request that can be made again for another attempt. Called on the call's executor; an error ends the
// call.
using RequestMaker = std::function<Result<http::Request>()>;

// Any thread may use it, several calls at a time.
class Connection {
 public:
  // `timer`, `random` outlive it.
  Connection(std::unique_ptr<Transport> transport, Timer& timer, Random& random)
      : transport_(std::move(transport)), timer_(timer), random_(random) {}

  // The answer, of any status, after at most 1 + `policy.retries` attempts. Another attempt follows
  // - a request that never left (whatever it does), or was `unavailable` and is repeatable, if the failure
  //   does not last (http/client.h);
  // - 429 and 503, by which a server says that it did nothing, after `Retry-After` if it names one
  //   (RFC 9110, section 10.2.3), and 502 and 504 if repeatable
  // with exponential back-off and full jitter from 50 ms to 5 s
  // (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
  // `make_request` is called once an attempt. `body_repeatable`: it can give the body again; if not, there
  // is one attempt.
  // Errors: unavailable, deadline_exceeded, cancelled, invalid_argument, and those of `make_request`.
  Task<Result<http::Response>> send(RequestMaker make_request, bool body_repeatable, CallPolicy policy,
                                    Executor& executor);

  Transport& transport() { return *transport_; }

 private:
  std::chrono::milliseconds back_off(int attempt) const;

  std::unique_ptr<Transport> transport_;
  Timer& timer_;
  Random& random_;
};

}  // namespace mere::client
