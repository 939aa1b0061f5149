#include "http/listener.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

namespace mere::http {
namespace {

constexpr int kBacklog = 4096;  // the system lowers it to its own limit

struct HostPort {
  std::string host;  // "": every interface
  std::string port;
};

std::optional<HostPort> split(std::string_view address) {
  HostPort parts;
  const std::size_t colon = address.rfind(':');
  if (colon == address.npos) return std::nullopt;
  std::string_view host = address.substr(0, colon);
  if (!host.empty() && host.front() == '[') {
    if (host.size() < 2 || host.back() != ']') return std::nullopt;
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != host.npos) {
    return std::nullopt;
  }
  const std::string_view port = address.substr(colon + 1);
  std::uint16_t number = 0;
  const auto [stop, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (port.empty() || error != std::errc() || stop != port.data() + port.size()) return std::nullopt;
  return HostPort{std::string(host), std::string(port)};
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

Error failed(const std::string& address) {
  return Error{Code::unavailable, "cannot listen on " + address + ": " + std::strerror(errno)};
}

Result<Fd> bind_socket(const std::string& name, const sockaddr* address, socklen_t length, bool shared) {
  Fd socket(::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return failed(name);
  const int on = 1;
  const int off = 0;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address->sa_family == AF_INET6) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (shared && ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
    return failed(name);
  if (::bind(socket.get(), address, length) != 0) return failed(name);
  return socket;
}

Result<Listeners> listen_at(const std::string& name, const sockaddr* address, socklen_t length,
                            std::size_t count) {
  sockaddr_storage bound{};
  std::memcpy(&bound, address, length);
  Listeners listeners;
  {
    // Alone first: among sockets that share a port, one of another process would not be noticed.
    ASSIGN_OR_RETURN(const Fd probe, bind_socket(name, address, length, false));
    socklen_t size = sizeof bound;
    if (::getsockname(probe.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) return failed(name);
  }
  for (std::size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(Fd socket,
                     bind_socket(name, reinterpret_cast<const sockaddr*>(&bound), length, count > 1));
    if (::listen(socket.get(), kBacklog) != 0) return failed(name);
    listeners.sockets.push_back(std::move(socket));
  }
  listeners.address = to_text(bound);
  listeners.port = bound.ss_family == AF_INET6 ? ntohs(reinterpret_cast<const sockaddr_in6&>(bound).sin6_port)
                                               : ntohs(reinterpret_cast<const sockaddr_in&>(bound).sin_port);
  return listeners;
}

}  // namespace

Result<Listeners> listen_on(const std::string& address, std::size_t count) {
  const auto parts = split(address);
  if (!parts) {
    return Error{Code::invalid_argument,
                 "\"" + address + "\" is not an address to listen on; write host:port"};
  }
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure =
      ::getaddrinfo(parts->host.empty() ? nullptr : parts->host.c_str(), parts->port.c_str(), &hints, &found);
  const std::unique_ptr<addrinfo, FreeAddresses> list(found);
  if (failure != 0) {
    return Error{Code::invalid_argument, "cannot listen on " + address + ": " + ::gai_strerror(failure)};
  }
  // Of every interface, the IPv6 one takes IPv4 as well; of a name, the first address that works.
  std::optional<Error> first_error;
  for (const int family : {AF_INET6, AF_INET}) {
    for (const addrinfo* entry = list.get(); entry; entry = entry->ai_next) {
      if (parts->host.empty() ? entry->ai_family != family : family != AF_INET6) continue;
      auto listeners = listen_at(address, entry->ai_addr, entry->ai_addrlen, count);
      if (listeners) return listeners;
      if (!first_error) first_error = listeners.error();
    }
  }
  return first_error.value_or(Error{Code::invalid_argument, "cannot listen on " + address});
}

std::string to_text(const sockaddr_storage& address) {
  char host[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET6) {
    const auto& six = reinterpret_cast<const sockaddr_in6&>(address);
    if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr)) {  // an IPv4 peer of a socket that takes both
      ::inet_ntop(AF_INET, &six.sin6_addr.s6_addr[12], host, sizeof host);
      return std::string(host) + ":" + std::to_string(ntohs(six.sin6_port));
    }
    ::inet_ntop(AF_INET6, &six.sin6_addr, host, sizeof host);
    return "[" + std::string(host) + "]:" + std::to_string(ntohs(six.sin6_port));
  }
  const auto& four = reinterpret_cast<const sockaddr_in&>(address);
  ::inet_ntop(AF_INET, &four.sin_addr, host, sizeof host);
  return std::string(host) + ":" + std::to_string(ntohs(four.sin_port));
}

}  // namespace mere::http
