// A proxy on loopback that hurts the connections it carries, for tests and `mere torture`: resets, truncated
// answers, silence, 503 SlowDown, peers that trickle.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <thread>

#include "base/fd.h"

namespace mere::http {

// What happens to a connection.
struct ConnectionFault {
  enum class Kind {
    none,
    busy,            // 503 SlowDown instead of an answer
    reset_request,   // a reset after so many bytes towards the service
    reset_answer,    // a reset after so many bytes from the service
    cut_answer,      // an orderly close there
    stall_answer,    // nothing more from there on, until the client leaves
    trickle_answer,  // in small pieces from there on
  };
  Kind kind = Kind::none;
  std::size_t after_bytes = 0;
};

class FaultyProxy {
 public:
  // `fault`: of the n-th connection. Called on the proxy's thread.
  FaultyProxy(std::uint16_t upstream_port, std::function<ConnectionFault(int connection)> fault);
  FaultyProxy(const FaultyProxy&) = delete;
  // Connections end with it.
  ~FaultyProxy();

  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int connections() const { return count_; }

 private:
  struct Connection;
  void accept();
  void carry(Connection& connection, const ConnectionFault& fault) const;

  const std::uint16_t upstream_port_;
  const std::function<ConnectionFault(int)> fault_;
  Fd listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> count_{0};
  std::list<Connection> connections_;  // the thread's, until it is joined
  std::thread thread_;
};

}  // namespace mere::http
