#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>

#include "base/check.h"
#include "http/transport.h"

namespace mere::http {
namespace {

constexpr std::size_t kMaxPieces = 4;

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(Socket& socket) : socket_(socket) {}

  Progress handshake() override { return {Progress::State::moved, 0}; }

  Progress read(std::span<std::byte> into) override {
    while (true) {
      const ssize_t count = ::recv(socket_.fd(), into.data(), into.size(), 0);
      if (count > 0) {
        const auto bytes = static_cast<std::size_t>(count);
        if (bytes < into.size()) socket_.drained();
        return {Progress::State::moved, bytes};
      }
      if (count == 0) return {Progress::State::ended, 0};
      if (errno == EINTR) continue;
      return failed(Socket::kRead);
    }
  }

  Progress write(std::span<const std::string_view> pieces, bool more) override {
    MERE_CHECK(pieces.size() <= kMaxPieces);
    std::array<iovec, kMaxPieces> vectors;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      vectors[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};  // sendmsg only reads it
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = pieces.size();
    while (true) {
      const ssize_t count = ::sendmsg(socket_.fd(), &message, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
      if (count >= 0) return {Progress::State::moved, static_cast<std::size_t>(count)};
      if (errno == EINTR) continue;
      return failed(Socket::kWrite);
    }
  }

  bool sends_files() const override { return true; }

  Progress send_file(int file, std::uint64_t offset, std::size_t length) override {
    auto position = static_cast<off_t>(offset);
    while (true) {
      const ssize_t count = ::sendfile(socket_.fd(), file, &position, length);
      if (count > 0) return {Progress::State::moved, static_cast<std::size_t>(count)};
      if (count == 0) return {Progress::State::ended, 0};
      if (errno == EINTR) continue;
      return failed(Socket::kWrite);
    }
  }

  void end_writing() override { ::shutdown(socket_.fd(), SHUT_WR); }

 private:
  Progress failed(Socket::Interest interest) {
    if (errno != EAGAIN && errno != EWOULDBLOCK) return {Progress::State::broken, 0};
    socket_.blocked(interest);
    return {interest == Socket::kRead ? Progress::State::blocked_read : Progress::State::blocked_write, 0};
  }

  Socket& socket_;
};

}  // namespace

std::unique_ptr<Transport> make_plain_transport(Socket& socket) {
  return std::make_unique<PlainTransport>(socket);
}

}  // namespace mere::http
