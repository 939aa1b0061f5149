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

class Session {
 public:
  static std::unique_ptr<Session> connect(const std::string& origin, const std::string& base_path,
                                          const http::ClientOptions& options);
  static std::unique_ptr<Session> open(const std::string& folder, bool create);

  std::string name() const { return name_; }
  bool embedded() const { return !folder_.empty(); }
  int configured() const { return configured_; }  // how often
  void configure(http::Headers headers, int retries, double timeout, double connect_timeout,
                 nb::object error);

  nb::object call(nb::handle operation, nb::tuple arguments, nb::handle body, const CallOptions* options);
  nb::object respond(nb::handle operation, nb::tuple arguments, nb::handle body, const CallOptions* options);
  nb::object stream(nb::handle operation, nb::tuple arguments, nb::handle body, const CallOptions* options);
  nb::object start(nb::handle operation, nb::tuple arguments, nb::handle body, const CallOptions* options);
  nb::object request(const std::string& method, const std::string& target, const http::Headers& headers,
                     nb::handle body, const CallOptions* options);
  nb::object request_stream(const std::string& method, const std::string& target,
                            const http::Headers& headers, nb::handle body, const CallOptions* options);
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
  int configured_ = 0;

  http::Headers headers_;
  int retries_ = 3;
  std::chrono::milliseconds timeout_{0}, connect_timeout_{0};
  nb::object error_;
};

void define_session(nb::module_& module);

}  // namespace mere::python
