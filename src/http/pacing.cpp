#include "http/pacing.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstring>
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

void Pacing::prepare(int socket, std::optional<std::uint64_t> bytes) {
  constexpr std::string_view kUnpaced = "reno";  // part of every Linux, and free to choose
  const bool is_large = bytes.value_or(kLargeBody) >= kLargeBody;
  if (is_large == is_unpaced_) return;
  if (!is_local_) is_local_ = stays_here(socket);
  if (!*is_local_) return;
  if (is_large) {
    socklen_t size = kNameBytes;
    if (::getsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, paced_by_, &size) != 0) return;
  }
  const std::string_view wanted =
      is_large ? kUnpaced : std::string_view(paced_by_, ::strnlen(paced_by_, kNameBytes));
  ::setsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, wanted.data(), static_cast<socklen_t>(wanted.size()));
  is_unpaced_ = is_large;
}

}  // namespace mere::http
