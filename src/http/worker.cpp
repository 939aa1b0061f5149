#include "http/worker.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/log.h"
#include "http/listener.h"

namespace mere::http {
namespace {

constexpr std::chrono::milliseconds kDescriptorPause{200};

}  // namespace

Worker::Worker(WorkerShared& shared, std::unique_ptr<EventLoop> loop, Fd listener)
    : shared_(shared),
      loop_(std::move(loop)),
      context_(*loop_, shared.options, shared.handler, shared.tls, shared.body_memory),
      listener_(std::make_unique<Socket>(*loop_, std::move(listener))) {}

Worker::~Worker() = default;

void Worker::run() {
  if (const Status watched = listener_->watch(); !watched) {
    log::error("a listening socket cannot be watched", {{"error", watched.error().message}});
    listener_.reset();
    return;
  }
  loop_->post([this] {
    start(accept_connections(), [this](std::exception_ptr) {
      listener_.reset();
      end_if_done();
    });
  });
  loop_->run();
}

void Worker::stop(TimePoint deadline) {
  loop_->post([this, deadline] { begin_stop(deadline); });
}

void Worker::begin_stop(TimePoint deadline) {
  if (deadline_ && *deadline_ <= deadline) return;
  deadline_ = deadline;
  context_.draining = true;
  if (listener_) listener_->interrupt();
  for (const auto& [key, connection] : connections_) connection->end_if_idle();
  loop_->call_at(deadline, [this] {
    for (const auto& [key, connection] : connections_) connection->cut();
  });
}

void Worker::end_if_done() {
  if (deadline_ && !listener_ && connections_.empty()) loop_->stop();
}

Task<void> Worker::accept_connections() {
  while (true) {
    while (accept_one()) {
    }
    if (context_.draining) co_return;  // what had connected before the stop was still taken
    TimePoint retry = TimePoint::max();
    if (out_of_descriptors_) retry = loop_->now() + kDescriptorPause;
    co_await listener_->wait(Socket::kRead, retry);
  }
}

bool Worker::accept_one() {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  Fd socket(::accept4(listener_->fd(), reinterpret_cast<sockaddr*>(&address), &length,
                      SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket) {
    switch (errno) {
      case EINTR:
      case ECONNABORTED:  // and other troubles of the one connection: accept(2), "Error handling"
      case EPERM:
      case EPROTO:
      case ENETDOWN:
      case ENOPROTOOPT:
      case EHOSTDOWN:
      case ENONET:
      case EHOSTUNREACH:
      case EOPNOTSUPP:
      case ENETUNREACH:
        return true;
      case EAGAIN:
        out_of_descriptors_ = false;
        listener_->blocked(Socket::kRead);
        return false;
      default:
        if (!out_of_descriptors_) log::error("no connection can be taken", {{"error", std::strerror(errno)}});
        out_of_descriptors_ = true;
        listener_->blocked(Socket::kRead);
        return false;
    }
  }
  out_of_descriptors_ = false;
  shared_.connections_total.fetch_add(1, std::memory_order_relaxed);
  if (shared_.connections_open.fetch_add(1, std::memory_order_relaxed) >= shared_.options.max_connections) {
    shared_.connections_open.fetch_sub(1, std::memory_order_relaxed);
    turn_away(socket.get());
    return true;
  }
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  begin(std::move(socket), to_text(address));
  return true;
}

void Worker::begin(Fd socket, std::string peer) {
  auto owned = std::make_unique<Connection>(context_, std::move(socket), std::move(peer));
  Connection* const connection = owned.get();
  connections_.emplace(connection, std::move(owned));
  start(connection->serve(), [this, connection](std::exception_ptr failure) {
    if (failure) log::error("a connection ended with an exception");
    connections_.erase(connection);
    shared_.connections_open.fetch_sub(1, std::memory_order_relaxed);
    end_if_done();
  });
}

void Worker::turn_away(int socket) {
  if (shared_.tls) return;  // a handshake is what there is no room for
  constexpr std::string_view kAnswer =
      "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n"
      "Content-Type: application/json\r\nContent-Length: 34\r\n\r\n"
      R"({"message":"too many connections"})";
  [[maybe_unused]] const auto sent = ::send(socket, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
  ::shutdown(socket, SHUT_WR);
  // Bytes left unread would turn the close into a reset that overtakes the answer.
  char ignored[4096];
  [[maybe_unused]] const auto got = ::recv(socket, ignored, sizeof ignored, MSG_DONTWAIT);
}

}  // namespace mere::http
