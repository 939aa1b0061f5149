// Bytes over one socket, plain or through TLS. Nothing here waits: a call moves what it can and says what
// it would have to wait for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/event_loop.h"

namespace mere::http {

struct Progress {
  enum class State {
    moved,          // `bytes` > 0 of them
    blocked_read,   // wait until the socket can be read
    blocked_write,  // wait until it can be written
    ended,          // the peer (or the file) has no more
    broken,         // the connection is lost
  };
  State state = State::moved;
  std::size_t bytes = 0;
};

// What to wait for; only for the blocked states.
inline Socket::Interest interest_of(Progress progress) {
  return progress.state == Progress::State::blocked_read ? Socket::kRead : Socket::kWrite;
}

class Transport {
 public:
  virtual ~Transport() = default;
  // `moved` once done; again after each wait until then.
  virtual Progress handshake() = 0;
  virtual Progress read(std::span<std::byte> into) = 0;
  // The pieces one after the other; `more`: something follows at once, so a small packet may wait for it.
  virtual Progress write(std::span<const std::string_view> pieces, bool more) = 0;
  virtual bool sends_files() const = 0;
  // Only if sends_files().
  virtual Progress send_file(int file, std::uint64_t offset, std::size_t length) = 0;
  // Says that nothing more will be written.
  virtual void end_writing() = 0;
};

// `socket` outlives it, and so for TLS.
std::unique_ptr<Transport> make_plain_transport(Socket& socket);

// A certificate and its key, for any number of connections, from any thread.
class TlsIdentity {
 public:
  virtual ~TlsIdentity() = default;
  // Errors: `invalid_argument`, naming the file.
  static Result<std::unique_ptr<TlsIdentity>> load(const std::string& certificate_file,
                                                   const std::string& key_file);
  // Null if memory ran out.
  virtual std::unique_ptr<Transport> make_transport(Socket& socket) = 0;
};

}  // namespace mere::http
