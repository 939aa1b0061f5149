// For tests only: a raw client that sends exactly what it is told, and a server on a thread.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/fd.h"
#include "http/server.h"

namespace mere::http::testing {

struct Answer {
  int status = 0;
  std::string head;  // with the empty line
  std::string body;
  bool whole = false;

  bool has(std::string_view field) const {
    return head.find("\r\n" + std::string(field) + "\r\n") != std::string::npos;
  }
};

// Bytes over a socket. TLS tests put their own under it.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) {
    socket_ = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    MERE_CHECK(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }

  int fd() const { return socket_.get(); }
  void close() { socket_ = Fd(); }
  void end_writing() { ::shutdown(fd(), SHUT_WR); }
  void reset() {
    const linger now{1, 0};
    ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }

  // False if the server closed meanwhile.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  // Appends what comes to the buffer; false at the end, at an error or after `patience`.
  bool receive(std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    pollfd wait{fd(), POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(patience.count())) <= 0) return false;
    char bytes[65536];
    const ssize_t count = ::recv(fd(), bytes, sizeof bytes, 0);
    if (count > 0) {
      buffer_.append(bytes, static_cast<std::size_t>(count));
      return true;
    }
    ended_ = true;
    was_reset_ = count < 0;
    return false;
  }

  bool is_closed_within(std::chrono::milliseconds patience) {
    while (receive(patience)) {
    }
    return ended_;
  }
  bool was_reset() const { return was_reset_; }
  std::string& buffer() { return buffer_; }

  // The next answer; `to_head`: without a body.
  Answer read(bool to_head = false) {
    Answer answer;
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive()) return answer;
    }
    answer.head = buffer_.substr(0, end + 4);
    buffer_.erase(0, end + 4);
    answer.status = std::atoi(answer.head.c_str() + sizeof "HTTP/1.1");
    if (to_head || answer.status == 204 || answer.status == 304 || answer.status < 200) {
      answer.whole = true;
    } else if (const auto at = answer.head.find("Content-Length: "); at != std::string::npos) {
      const auto length = static_cast<std::size_t>(std::atoll(answer.head.c_str() + at + 16));
      while (buffer_.size() < length && receive()) {
      }
      answer.whole = buffer_.size() >= length;
      answer.body = buffer_.substr(0, length);
      buffer_.erase(0, length);
    } else if (answer.head.find("Transfer-Encoding: chunked\r\n") != std::string::npos) {
      answer.whole = read_chunks(answer.body);
    } else {
      while (receive()) {
      }
      answer.whole = ended_ && !was_reset_;
      answer.body = std::exchange(buffer_, {});
    }
    return answer;
  }

  Answer ask(std::string_view request) {
    send(request);
    return read(request.starts_with("HEAD "));
  }

 private:
  bool read_chunks(std::string& body) {
    std::size_t at = 0;
    const auto have = [&](std::size_t count) {
      while (buffer_.size() < at + count) {
        if (!receive()) return false;
      }
      return true;
    };
    while (true) {
      std::size_t end = 0;
      while ((end = buffer_.find("\r\n", at)) == std::string::npos) {
        if (!receive()) return false;
      }
      const std::size_t size = std::strtoul(buffer_.c_str() + at, nullptr, 16);
      at = end + 2;
      if (!have(size + 2)) return false;
      body.append(buffer_, at, size);
      at += size + 2;
      if (size == 0) break;
      if (at > (1u << 20)) {
        buffer_.erase(0, at);
        at = 0;
      }
    }
    buffer_.erase(0, at);
    return true;
  }

  Fd socket_;
  std::string buffer_;
  bool ended_ = false;
  bool was_reset_ = false;
};

class FunctionHandler final : public Handler {
 public:
  using Function = std::function<Task<Response>(Request)>;
  explicit FunctionHandler(Function function) : function_(std::move(function)) {}
  Task<Response> handle(Request request) override { return function_(std::move(request)); }

 private:
  Function function_;
};

// A server that runs as long as it lives.
class RunningServer {
 public:
  RunningServer(ServerOptions options, FunctionHandler::Function function) : handler_(std::move(function)) {
    options.listen = "127.0.0.1:0";
    if (options.io_threads == 0) options.io_threads = 2;
    auto server = Server::listen(options, handler_);
    MERE_CHECK(server.has_value());
    server_ = std::move(*server);
    thread_ = std::thread([this] { server_->run(); });
  }
  ~RunningServer() {
    stop(std::chrono::seconds(0));
    join();
  }

  std::uint16_t port() const { return server_->port(); }
  Server& server() { return *server_; }
  void stop(std::chrono::seconds grace) { server_->stop(grace); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  FunctionHandler handler_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

}  // namespace mere::http::testing
