#include "http/pacing.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <string>

#include "base/fd.h"
#include "http/listener.h"

namespace mere::http {
namespace {

constexpr std::size_t kLarge = Pacing::kLargeBody;

std::string algorithm_of(const Fd& socket) {
  char name[16] = "";
  socklen_t size = sizeof name;
  EXPECT_EQ(::getsockopt(socket.get(), IPPROTO_TCP, TCP_CONGESTION, name, &size), 0);
  return name;
}

Fd make_socket() {
  return Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

TEST(Pacing, IsOffForLargeBodiesToThisMachineOnly) {
  auto listeners = listen_on("127.0.0.1:0", 1);
  ASSERT_TRUE(listeners) << listeners.error().message;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(listeners->port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const Fd socket = make_socket();
  ASSERT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const std::string systems = algorithm_of(socket);
  Pacing pacing;

  pacing.prepare(socket.get(), kLarge - 1);
  EXPECT_EQ(algorithm_of(socket), systems);
  for (int i = 0; i < 2; ++i) {
    pacing.prepare(socket.get(), kLarge);
    EXPECT_EQ(algorithm_of(socket), "reno");
    pacing.prepare(socket.get(), 10);
    EXPECT_EQ(algorithm_of(socket), systems);
  }
  pacing.prepare(socket.get(), std::nullopt);
  EXPECT_EQ(algorithm_of(socket), "reno");
}

TEST(Pacing, OfASocketWithoutAPeerIsTheSystems) {
  const Fd socket = make_socket();
  const std::string systems = algorithm_of(socket);
  Pacing pacing;
  pacing.prepare(socket.get(), kLarge);
  EXPECT_EQ(algorithm_of(socket), systems);
}

}  // namespace
}  // namespace mere::http
