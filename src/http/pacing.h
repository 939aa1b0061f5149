// How fast the system lets a connection send.
//
// BBR, where the system has chosen it, paces what it sends. For a large body to a peer on the same machine
// that is waste: 2,000 MiB/s to one client, and 4,000 to 32, instead of 10,000 and 18,000 (256 MiB by
// sendfile). Bodies that fit into a socket's buffer are better off with it, since their receiver is woken
// less often: 256 KiB to 32 clients 7,900 MiB/s instead of 2,800.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace mere::http {

// Of one connection. Not thread-safe.
class Pacing {
 public:
  static constexpr std::size_t kLargeBody = std::size_t{512} << 10;

  // Before a body of `bytes` (nullopt: not known) is sent: a large one is not paced if the peer is on this
  // machine, every other as the system does it. Does nothing where the system does not let it.
  void prepare(int socket, std::optional<std::uint64_t> bytes);

 private:
  static constexpr std::size_t kNameBytes = 16;  // TCP_CA_NAME_MAX

  std::optional<bool> is_local_;  // nullopt: not asked yet
  bool is_unpaced_ = false;
  char paced_by_[kNameBytes] = "";  // what is in force otherwise
};

}  // namespace mere::http
