// A way to one lake with who we are there: runs the calls that client/api.h makes.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "base/executor.h"
#include "base/result.h"
#include "base/task.h"
#include "client/body_cursor.h"
#include "client/call.h"
#include "client/connection.h"
#include "client/loop_thread.h"
#include "client/transport.h"
#include "http/client.h"

namespace mere::client {

// Nothing set: calls go without credentials.
struct Credentials {
  std::string access_key_id, secret_access_key;
  std::string token;  // of a login, or of a folder's administrator; goes before the keys
};

struct SessionOptions {
  Credentials credentials;
  int retries = 3;                       // further attempts after the first, where repeating is safe
  std::chrono::milliseconds timeout{0};  // of each attempt, to the head of the answer; 0: none
  std::string client_name = "cpp-mere";  // tells the server who calls (X-Lakefs-Client)
  http::ClientOptions http;              // connections, TLS, proxies; without effect in-process
};

// An answer whose body has not been read. For awaiting callers: its body goes on on their executor.
struct Incoming {
  int status = 0;
  http::Headers headers;  // with Content-Length where it is known
  BodyCursor body;
};

// The same for callers who wait. One user at a time; the session outlives it.
class Download {
 public:
  Download(std::unique_ptr<BlockingExecutor> executor, Incoming incoming)
      : executor_(std::move(executor)), incoming_(std::move(incoming)) {}
  Download(Download&&) = default;
  Download& operator=(Download&& other) noexcept;

  int status() const { return incoming_.status; }
  const http::Headers& headers() const { return incoming_.headers; }
  std::optional<std::uint64_t> left() const { return incoming_.body.left(); }  // nullopt: not known
  // Fills `into`; less only at the end. A body that breaks off is an error, after what came before it has
  // been given. Errors: unavailable, deadline_exceeded, cancelled, io_error.
  Result<std::size_t> read(std::span<std::byte> into);
  // All that is left. Errors: also too_large, past `limit` bytes.
  Result<std::string> read_all(std::size_t limit);

 private:
  std::unique_ptr<BlockingExecutor> executor_;  // first: the body's reader may still post to it
  Incoming incoming_;
};

// Any thread may use it, several calls at a time. Calls and downloads end before it.
class Session {
 public:
  // `url`: "http://127.0.0.1:8000"; a path before "/api/v1" is kept, which may be there too. Nothing is sent
  // yet. Errors: invalid_argument (no URL, a file of the options that cannot be read).
  static Result<std::shared_ptr<Session>> connect(const std::string& url, SessionOptions options);
  // Over any transport, such as that of a lake open in this process (serve/local_lake.h).
  static std::shared_ptr<Session> over(std::unique_ptr<Transport> transport, SessionOptions options);
  ~Session();
  Session(const Session&) = delete;

  // The body of a successful answer, whole. Errors: those of the API by their status (call.h), with the
  // server's message; those of Connection::send; `invalid_argument` for arguments that cannot be sent. A body
  // that breaks off is asked for again if the call may be repeated.
  Task<Result<std::string>> fetch(Call call, CallOptions options, Executor& executor);
  Result<std::string> fetch(Call call, CallOptions options);
  // The answer once its head is there. Redirects that the API's description has are answers.
  Task<Result<Incoming>> open(Call call, CallOptions options, Executor& executor);
  Result<Download> open(Call call, CallOptions options);

  // Sends `body` to an address that the lake's server has signed for it ("https://store/…?X-Amz-…"), without
  // credentials of ours; the fields of the answer. Errors: those of fetch().
  Result<http::Headers> put_at_store(const std::string& url, std::shared_ptr<BodySource> body);
  // What lies at such an address. `range`: "bytes=0-9", or "" for all. `answer`, unless null: the head of the
  // answer, of an error's too.
  Result<Download> get_at_store(const std::string& url, std::string_view range, Answer* answer);
  // Later calls go as these.
  void log_in(Credentials credentials);
  const std::string& name() const { return connection_.transport().name(); }  // for messages
  // Where calls resume that nobody waits for. Nothing that blocks belongs there.
  LoopThread& loop() { return loop_; }

 private:
  Session(std::unique_ptr<http::Client> client, std::unique_ptr<Transport> transport, std::string prefix,
          SessionOptions options);
  Task<Result<Incoming>> open_once(const Call& call, const CallOptions& options, Executor& executor);
  CallPolicy policy_of(const Call& call, const CallOptions& options) const;
  Result<http::Request> request_of(const Call& call, const CallOptions& options, Executor& executor) const;
  std::string authorization() const;
  Result<http::Client*> store_client();
  // `call.path` is the whole address.
  Task<Result<Incoming>> ask_store(const Call& call, Answer* answer, Executor& executor);

  const SessionOptions options_;
  const std::string prefix_;  // of every path
  LoopThread loop_;
  std::unique_ptr<http::Client> client_;  // null: not over HTTP
  mutable Connection connection_;
  mutable std::mutex mutex_;
  std::string authorization_;                   // guarded by mutex_
  std::unique_ptr<http::Client> store_client_;  // made when it is needed, guarded by mutex_
};

}  // namespace mere::client
