// Bodies of requests as Python gives them, and of answers as Python reads them.
#pragma once

#include <nanobind/nanobind.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/executor.h"
#include "base/result.h"
#include "base/task.h"
#include "http/message.h"

namespace mere::python {

namespace nb = nanobind;

// What a request's body is read from, once an attempt. Made and destroyed with or without the lock.
class BodySource {
 public:
  virtual ~BodySource() = default;
  // A reader from the front, read on `executor`. Without the lock. The source outlives it.
  virtual Result<std::unique_ptr<http::BodyReader>> open(Executor& executor) = 0;
  virtual std::optional<std::uint64_t> length() const = 0;  // nullopt: not known; asked after open()
  virtual bool repeatable() const = 0;
};

std::shared_ptr<BodySource> make_text_source(std::string text);
std::shared_ptr<BodySource> make_file_source(std::string path);
// bytes-like, str, a binary file object, an iterable of bytes, a BodyPipe. Raises TypeError. Needs the lock.
std::shared_ptr<BodySource> make_source(nb::handle body);

// See _native.pyi. Any thread.
class BodyPipe {
 public:
  explicit BodyPipe(std::size_t capacity);

  void write(nb::handle data);  // waits without the lock
  nb::object write_async(nb::handle data);
  void close();
  void abort();

  struct State;
  const std::shared_ptr<State>& state() const { return state_; }

 private:
  std::shared_ptr<State> state_;
};

// Reads any body of an answer from its front. One user at a time.
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

}  // namespace mere::python
