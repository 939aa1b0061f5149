// HTTP/1.1 over TCP and TLS (RFC 9110, RFC 9112): keep-alive, pipelining, Expect: 100-continue, chunked
// bodies both ways, sendfile; every size and time is bounded.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/message.h"

namespace mere::http {

struct ServerOptions {
  std::string listen = "127.0.0.1:8000";       // "host:port"; port 0: the system picks one; "[::1]:8000"
  std::size_t io_threads = 0;                  // one io_context each, SO_REUSEPORT; 0: one a core
  std::size_t max_connections = 16'384;        // further ones get 503 and are closed
  std::size_t max_header_bytes = 64u << 10;    // 431 above
  std::size_t max_target_bytes = 32u << 10;    // 414 above
  std::uint64_t max_body_bytes = 5ull << 40;   // 413 above
  std::size_t body_memory_bytes = 256u << 20;  // Request::memory: of what is kept of all bodies together
  std::chrono::seconds header_timeout{20};     // from the first byte to the end of the header: 408
  std::chrono::seconds idle_timeout{75};       // between requests
  std::chrono::seconds body_timeout{60};       // without a byte of progress, in either direction
  std::size_t min_body_rate = 1024;            // of a request, bytes/s over body_timeout; 408 below; 0: any
  std::size_t io_buffer_bytes = 64u << 10;     // per active connection
  std::string tls_certificate_file;            // PEM; both set: TLS
  std::string tls_key_file;
};

class Server {
 public:
  // Binds and listens; no request is taken before run(). `handler` outlives the server.
  // Errors: `unavailable` (address in use, naming it), `invalid_argument` (bad address or certificate).
  static Result<std::unique_ptr<Server>> listen(const ServerOptions& options, Handler& handler);
  virtual ~Server() = default;

  virtual std::uint16_t port() const = 0;
  virtual std::string address() const = 0;  // "127.0.0.1:8000", with the port that was picked
  // Serves until stop(); returns when the last connection is closed.
  virtual void run() = 0;
  // Stops accepting, lets requests under way finish for at most `grace`, then closes. Any thread, and
  // safe to call more than once. Not from a signal handler.
  virtual void stop(std::chrono::seconds grace) = 0;

  struct Statistics {
    std::uint64_t connections_open = 0;
    std::uint64_t connections_total = 0;
    std::uint64_t requests_total = 0;
  };
  virtual Statistics statistics() const = 0;
};

}  // namespace mere::http
