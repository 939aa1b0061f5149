// Requests to a remote store, one after the other, each repeated until it is answered, refused or out of
// time.
//
// Blocking: a call holds its thread until the answer is there. Any thread may call any method.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "block/remote_payload.h"
#include "http/client.h"
#include "http/message.h"

namespace mere::block {

// What is asked of a service, before it is addressed and signed.
struct RemoteRequest {
  std::string what;    // what is done to which address, for messages: "read s3://bucket/key"
  std::string method;  // "GET"
  std::string bucket;  // or container; "": of the service itself
  std::string key;     // or blob, as it is, not encoded; "": of the bucket itself
  std::vector<std::pair<std::string, std::string>> query{};  // not encoded
  http::Headers headers{};
  std::shared_ptr<const Payload> payload{};  // null: no body
  // False: sent once more only if the service cannot have acted on it. Most requests put the same thing to
  // the same place again.
  bool repeatable = true;
  std::size_t answer_limit = 8u << 20;  // of a body that send() reads
};

struct RemoteAnswer {
  int status = 0;
  http::Headers headers;
  std::string body;
  std::optional<std::uint64_t> content_length{};  // of a body that is streamed, or that HEAD asked about
  // An attempt before this one may have been carried out: "it exists already" may mean this request.
  bool was_repeated = false;

  bool is_success() const { return status >= 200 && status < 300; }
};

// What a service says of a request that it did not carry out.
struct RemoteFault {
  std::string code;             // its own: "NoSuchKey"
  std::string message;          // its own words
  std::string request_id;       // what its operators ask for
  std::string remedy;           // ours: what the user can do; "": what goes with the status
  std::optional<Code> meaning;  // nullopt: the status says it
  bool is_transient = false;    // repeating it may help, though the status does not say so
};

// An attempt: where it goes, and every byte of its head.
struct RemoteMessage {
  std::string origin;     // "https://host:port"
  http::Request request;  // without body and executor, which RemoteClient sets
};

// What is particular to a service. Any thread may call any method.
class RemoteService {
 public:
  virtual ~RemoteService() = default;
  // Addresses and signs `request`: right before each attempt, so that no signature or token is stale.
  // `content_length` is in the message already. Errors end the request (no credentials).
  virtual Status prepare(const RemoteRequest& request, RemoteMessage& message) = 0;
  // Of an answer that is no success, and of a success that tells of a failure in its body (`none` by
  // default).
  virtual RemoteFault fault_of(const RemoteRequest& request, const RemoteAnswer& answer) const = 0;
  virtual bool is_failure_in_success(const RemoteRequest&, const RemoteAnswer&) const { return false; }
  // True if what made it fail has been changed (credentials renewed, the bucket's region learnt): the request
  // is sent again at once. Asked at most three times a request.
  virtual bool adapt(const RemoteRequest&, const RemoteAnswer&, const RemoteFault&) { return false; }
};

struct RemoteOptions {
  std::string service_name = "the store";  // for messages: "S3 at https://…"
  int max_retries = 5;
  std::chrono::milliseconds first_delay{100};  // doubles with each retry; a random part of it is waited
  std::chrono::milliseconds longest_delay{20'000};
  std::chrono::milliseconds total_time{180'000};  // no attempt begins later than this after the first
  // From an attempt's begin to the head of its answer; a body that is sent has as long again for each 4 MiB.
  std::chrono::milliseconds attempt_time{30'000};
  bool log_requests = false;                             // at debug level, without headers
  bool log_retries = false;                              // at info level; else at debug
  std::function<void(std::chrono::milliseconds)> pause;  // null: sleeps
};

// An answer whose body is pulled. One thread at a time; dropped early, its connection is closed.
class RemoteStream {
 public:
  virtual ~RemoteStream() = default;
  virtual const RemoteAnswer& head() const = 0;  // `body` is empty
  // Up to `into.size()` bytes, at least one; 0 at the end, which Content-Length has confirmed if there was
  // one. Errors: unavailable, deadline_exceeded: the connection broke or rests, and what was read is right so
  // far.
  virtual Result<std::size_t> read(std::span<std::byte> into) = 0;
};

class RemoteClient {
 public:
  // All are borrowed.
  RemoteClient(http::Client& http, RemoteService& service, RemoteOptions options, const Clock& clock,
               Random& random);

  // The last answer, whatever its status. Errors: there was none: `unavailable`, `deadline_exceeded`, what
  // prepare() answered, `too_large` (the answer). A failure that lasts (http/client.h) is told at once.
  Result<RemoteAnswer> send(const RemoteRequest& request) const;
  // The same, but an answer that is no success is its error (error_of).
  Result<RemoteAnswer> require(const RemoteRequest& request) const;
  // An answer of send(): itself if it is a success, else its error.
  Result<RemoteAnswer> accept(const RemoteRequest& request, RemoteAnswer answer) const;
  // A success with its body yet to be read; what is no success is its error, with the answer in `refusal`.
  Result<std::unique_ptr<RemoteStream>> open(const RemoteRequest& request,
                                             std::optional<RemoteAnswer>* refusal = nullptr) const;

  // 404 not_found, 403 permission_denied, 412 precondition_failed, 416 range_not_satisfiable, 5xx
  // unavailable, …, unless the service knows better; the message names what was asked, what the service
  // said, and the remedy.
  Error error_of(const RemoteRequest& request, const RemoteAnswer& answer) const;

  const RemoteOptions& options() const { return options_; }
  // Waits before the `retry`th repetition (0, 1, …) of what a caller repeats itself.
  void wait_before_retry(int retry) const;
  const Clock& clock() const { return clock_; }

 private:
  class Attempts;
  void pause(std::chrono::milliseconds delay) const;

  http::Client& http_;
  RemoteService& service_;
  const RemoteOptions options_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace mere::block
