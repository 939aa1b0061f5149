// A connection's way to its peer: shared by those who read from it and those who write to it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/fd.h"
#include "http/event_loop.h"
#include "http/server.h"
#include "http/transport.h"

namespace mere::http {

struct Wire {
  Wire(EventLoop& its_loop, const ServerOptions& its_options, Fd its_socket, std::string its_peer)
      : loop(its_loop),
        options(its_options),
        socket(its_loop, std::move(its_socket)),
        peer(std::move(its_peer)) {}

  // `bytes` were moved without a wait. True: so many by now that the others of the loop are due.
  bool took_its_turn(std::size_t bytes) {
    turn_bytes_ += bytes;
    if (turn_bytes_ < kTurnBytes) return false;
    turn_bytes_ = 0;
    return true;
  }
  void waits() { turn_bytes_ = 0; }

  EventLoop& loop;
  const ServerOptions& options;
  Socket socket;
  std::unique_ptr<Transport> transport;  // null until the handshake begins
  const std::string peer;

 private:
  static constexpr std::size_t kTurnBytes = 4u << 20;
  std::size_t turn_bytes_ = 0;  // moved since this connection last waited
};

}  // namespace mere::http
