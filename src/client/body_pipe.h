// A request's body that is written while it is sent: bounded, so that a writer waits for the network.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "client/body_source.h"

namespace mere::client {

// Any thread may write, while the request runs on another. Errors of every write: `cancelled`, the request
// has ended; `invalid_argument`, the pipe is closed.
class BodyPipe {
 public:
  // Writers wait while `capacity` bytes or more are not sent yet.
  explicit BodyPipe(std::size_t capacity);

  // Waits for room.
  Status write(std::string piece);
  // Waits for room for so long at most. True: `piece` was taken; false: it was not.
  Result<bool> write_within(std::chrono::milliseconds patience, std::string& piece);
  // Tells `done` when there was room, on the reader's thread unless that is now; errors are answered here,
  // and told to `done` if the request ends later.
  Status write_when_there_is_room(std::string piece, std::function<void(Status)> done);
  void close();  // the body is whole
  void abort();  // the body is given up: reading it ends with `cancelled`

  // The body; for one request, which sends it once.
  std::shared_ptr<BodySource> source() const;

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace mere::client
