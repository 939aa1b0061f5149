// Reads the body of an answer from its front, of whatever kind it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "base/task.h"
#include "http/message.h"

namespace mere::client {

// One user at a time, on the executor of the request. Dropped before the end, it closes the connection.
class BodyCursor {
 public:
  explicit BodyCursor(http::Body body);
  // What is left if it is told, else nullopt.
  std::optional<std::uint64_t> left() const;
  // Fills `into`; less only at the end. Errors: those of the reader; `unavailable` for a body that is
  // shorter than it was said to be.
  Task<Result<std::size_t>> fill(std::span<std::byte> into);
  // The same for a reader who wants what there is: where the body breaks off, what came before comes first
  // and the error with the next call.
  Task<Result<std::size_t>> fill_with_what_comes(std::span<std::byte> into);
  // All that is left. Errors: `too_large` past `limit` bytes.
  Task<Result<std::string>> rest(std::size_t limit);

 private:
  // Sets `failure_`, and tells how much it filled, where the body breaks off.
  Task<std::size_t> take(std::span<std::byte> into);

  http::Body body_;
  std::uint64_t position_ = 0;
  std::optional<Error> failure_;  // nothing can be read after it
};

}  // namespace mere::client
