#include "http/pacing.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <string>
#include <string_view>

#include "http/listener.h"

namespace mere::http {
namespace {

std::string host_of(const sockaddr_storage& address) {
  const std::string text = to_text(address);
  return text.substr(0, text.rfind(':'));
}

// Its two ends have one address, or are of 127.0.0.0/8.
bool stays_here(int socket) {
  sockaddr_storage own{}, peer{};
  socklen_t own_size = sizeof own, peer_size = sizeof peer;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&own), &own_size) != 0) return false;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0) return false;
  const std::string here = host_of(own), there = host_of(peer);
  return here == there || there.starts_with("127.");
}

}  // namespace

void stop_pacing_if_local(int socket) {
  constexpr std::string_view kUnpaced = "reno";  // part of every Linux, and free to choose
  if (!stays_here(socket)) return;
  ::setsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, kUnpaced.data(), kUnpaced.size());
}

}  // namespace mere::http
