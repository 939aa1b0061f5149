// One lake as Python holds it: see _native.pyi.
#pragma once

#include <nanobind/nanobind.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "call.h"
#include "operation.h"

namespace mere::python {

// What one call has of its own.
struct CallOptions {
  http::Headers headers;
  std::optional<double> timeout, connect_timeout;  // seconds
  std::optional<int> retries;
  std::optional<std::string> content_type;
};

// The body of an answer, read as it comes. One reader at a time.
class BodyStream {
 public:
  BodyStream(std::shared_ptr<Call> call, Outcome outcome, std::unique_ptr<WaitingExecutor> executor,
             std::shared_ptr<Interruption> interruption);
  ~BodyStream() { let_go(); }
  BodyStream(const BodyStream&) = delete;

  int status() const { return status_; }
  std::string reason() const;
  nb::object headers() const { return header_list(headers_); }
  nb::object header(const std::string& name) const;
  std::optional<std::uint64_t> length() const { return length_; }

  nb::object read(Py_ssize_t size);
  std::size_t readinto(nb::handle buffer);
  nb::object read_async(Py_ssize_t size);
  std::uint64_t write_to(const std::string& path);
  void close();

 private:
  BodyCursor& open_body();
  // Drops the body where it was read: readers belong to their executor (http/client.h).
  void let_go();
  Result<std::size_t> fill(std::span<std::byte> into);  // waits, without the lock
  Result<std::string> rest();
  template <class T>
  T wait(Task<T> task);

  const int generation_ = generation();
  std::shared_ptr<Call> call_;  // its connection carries the body
  int status_;
  http::Headers headers_;
  std::optional<std::uint64_t> length_;
  std::shared_ptr<Interruption> interruption_;
  std::unique_ptr<WaitingExecutor> executor_;  // of a stream that is waited for; null: the core's thread
  std::shared_ptr<BodyCursor> body_;           // null: closed
};

// A call under way on the core's thread.
class PendingCall {
 public:
  struct State;
  explicit PendingCall(std::shared_ptr<State> state) : state_(std::move(state)) {}
  nb::object result();
  nb::object response();
  void cancel();

 private:
  void wait();

  std::shared_ptr<State> state_;
};

class Session {
 public:
  static std::unique_ptr<Session> connect(const std::string& origin, const std::string& base_path,
                                          const http::ClientOptions& options);
  static std::unique_ptr<Session> open(const std::string& folder, bool create);

  std::string name() const { return name_; }
  bool embedded() const { return !folder_.empty(); }
  void configure(http::Headers headers, int retries, double timeout, double connect_timeout,
                 nb::object error);

  nb::object call(nb::handle operation, nb::tuple arguments, nb::handle body, const CallOptions* options);
  nb::object respond(nb::handle operation, nb::tuple arguments, nb::handle body, const CallOptions* options);
  nb::object stream(nb::handle operation, nb::tuple arguments, nb::handle body, const CallOptions* options);
  nb::object start(nb::handle operation, nb::tuple arguments, nb::handle body, const CallOptions* options);
  nb::object request(const std::string& method, const std::string& target, const http::Headers& headers,
                     nb::handle body, const CallOptions* options);
  nb::object call_async(nb::handle operation, nb::tuple arguments, nb::handle body,
                        const CallOptions* options, Want want, bool raw);
  nb::object request_async(const std::string& method, const std::string& target, const http::Headers& headers,
                           nb::handle body, const CallOptions* options);
  void close();

  // For bulk calls too. Raises ArgumentError, TypeError.
  std::shared_ptr<Call> make_call(nb::handle operation, nb::tuple arguments, nb::handle body,
                                  const CallOptions* options);

 private:
  Session() = default;
  std::shared_ptr<Call> make_request(const std::string& method, const std::string& target,
                                     const http::Headers& headers, nb::handle body,
                                     const CallOptions* options);
  void add_common(Call& call, const CallOptions* options, bool ours) const;
  const std::shared_ptr<Lake>& lake();

  std::string name_, base_path_ = "/api/v1";
  HttpSettings http_;   // of a lake reached by HTTP
  std::string folder_;  // of one that is open in-process
  std::shared_ptr<Lake> lake_;
  int generation_ = 0;  // that lake_ belongs to
  bool closed_ = false;

  http::Headers headers_;
  int retries_ = 3;
  std::chrono::milliseconds timeout_{0}, connect_timeout_{0};
  nb::object error_;
};

void define_session(nb::module_& module);

}  // namespace mere::python
