#include "http/faulty_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <mutex>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace mere::http {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool send_all(int socket, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t count = ::send(socket, bytes, size, MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace

struct FaultyProxy::Connection {
  Fd client, service;
  std::thread thread;
  std::mutex mutex;
  void end() {
    std::lock_guard lock(mutex);
    for (const Fd* socket : {&client, &service})
      if (*socket) ::shutdown(socket->get(), SHUT_RDWR);
  }
  void close(bool reset) {
    std::lock_guard lock(mutex);
    if (reset) {
      const linger now{1, 0};
      ::setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
      ::setsockopt(service.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    client = Fd();
    service = Fd();
  }
};

FaultyProxy::FaultyProxy(std::uint16_t upstream_port, std::function<ConnectionFault(int connection)> fault)
    : upstream_port_(upstream_port),
      fault_(std::move(fault)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  MERE_CHECK(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  MERE_CHECK(::listen(listener_.get(), 256) == 0);
  MERE_CHECK(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { accept(); });
}

FaultyProxy::~FaultyProxy() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  thread_.join();
  for (Connection& connection : connections_) {
    connection.end();
    connection.thread.join();
  }
}

void FaultyProxy::accept() {
  for (;;) {
    Fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client) return;
    const ConnectionFault fault = fault_(count_++);
    Connection& connection = connections_.emplace_back();
    connection.client = std::move(client);
    connection.thread = std::thread([this, &connection, fault] { carry(connection, fault); });
  }
}

void FaultyProxy::carry(Connection& connection, const ConnectionFault& fault) const {
  char buffer[16'384];
  if (fault.kind == ConnectionFault::Kind::busy) {
    ::recv(connection.client.get(), buffer, sizeof buffer, 0);
    constexpr std::string_view kBusy =
        "HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nConnection: close\r\nContent-Length: "
        "75\r\n\r\n"
        "<Error><Code>SlowDown</Code><Message>Reduce your rate</Message></Error>    ";
    send_all(connection.client.get(), kBusy.data(), kBusy.size());
    ::shutdown(connection.client.get(), SHUT_WR);
    while (::recv(connection.client.get(), buffer, sizeof buffer, 0) > 0) {
    }
    return connection.close(false);
  }
  const sockaddr_in address = loopback(upstream_port_);
  {
    std::lock_guard lock(connection.mutex);
    connection.service = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  }
  if (::connect(connection.service.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return connection.close(true);
  for (const Fd* socket : {&connection.client, &connection.service}) {
    const int on = 1;
    ::setsockopt(socket->get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  std::size_t up = 0, down = 0;
  for (;;) {
    pollfd ready[2] = {{connection.client.get(), POLLIN, 0}, {connection.service.get(), POLLIN, 0}};
    const bool stalled =
        fault.kind == ConnectionFault::Kind::stall_answer && down >= fault.after_bytes && down > 0;
    if (stalled) ready[1].events = 0;
    if (::poll(ready, 2, -1) < 0) return connection.close(true);
    if (ready[0].revents != 0) {
      const ssize_t count = ::recv(connection.client.get(), buffer, sizeof buffer, 0);
      if (count <= 0) return connection.close(false);
      up += static_cast<std::size_t>(count);
      if (fault.kind == ConnectionFault::Kind::reset_request && up > fault.after_bytes)
        return connection.close(true);
      if (!send_all(connection.service.get(), buffer, static_cast<std::size_t>(count)))
        return connection.close(false);
    }
    if (!stalled && ready[1].revents != 0) {
      const bool trickle = fault.kind == ConnectionFault::Kind::trickle_answer && down >= fault.after_bytes;
      const ssize_t count = ::recv(connection.service.get(), buffer, trickle ? 100 : sizeof buffer, 0);
      if (count <= 0) return connection.close(false);
      std::size_t size = static_cast<std::size_t>(count);
      const bool ends = fault.kind == ConnectionFault::Kind::reset_answer ||
                        fault.kind == ConnectionFault::Kind::cut_answer;
      const bool last = ends && down + size > fault.after_bytes;
      if (last) size = fault.after_bytes - down;
      if (!send_all(connection.client.get(), buffer, size)) return connection.close(false);
      down += size;
      if (last) return connection.close(fault.kind == ConnectionFault::Kind::reset_answer);
    }
  }
}

}  // namespace mere::http
