#include "http/pacing.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "base/fd.h"
#include "http/listener.h"

namespace mere::http {
namespace {

TEST(Pacing, StopsWhereThePeerIsOnThisMachine) {
  auto listeners = listen_on("127.0.0.1:0", 1);
  ASSERT_TRUE(listeners) << listeners.error().message;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(listeners->port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);

  stop_pacing_if_local(socket.get());

  std::array<char, 16> name{};
  socklen_t size = name.size();
  ASSERT_EQ(::getsockopt(socket.get(), IPPROTO_TCP, TCP_CONGESTION, name.data(), &size), 0);
  EXPECT_STREQ(name.data(), "reno");
}

TEST(Pacing, OfASocketWithoutAPeerIsLeft) {
  const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  std::array<char, 16> before{}, after{};
  socklen_t size = before.size();
  ASSERT_EQ(::getsockopt(socket.get(), IPPROTO_TCP, TCP_CONGESTION, before.data(), &size), 0);
  stop_pacing_if_local(socket.get());
  size = after.size();
  ASSERT_EQ(::getsockopt(socket.get(), IPPROTO_TCP, TCP_CONGESTION, after.data(), &size), 0);
  EXPECT_EQ(before, after);
}

}  // namespace
}  // namespace mere::http
