// Listening sockets, and addresses as text.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace mere::http {

struct Listeners {
  std::vector<Fd> sockets;  // non-blocking; the system spreads connections over them
  std::string address;      // "127.0.0.1:8000", with the port that was picked
  std::uint16_t port = 0;
};

// Listens `count` times on "host:port", "[::1]:8000" or ":8000" (every interface).
// Errors: `invalid_argument` (not an address), `unavailable` (in use, or not of this machine).
Result<Listeners> listen_on(const std::string& address, std::size_t count);

// "127.0.0.1:4321", "[::1]:4321".
std::string to_text(const sockaddr_storage& address);

}  // namespace mere::http
