// The body of an answer as Python reads it: see _native.pyi.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <optional>
#include <string>

#include "call.h"
#include "futures.h"

namespace mere::python {

// The body of an answer, read as it comes. One reader at a time.
class BodyStream {
 public:
  BodyStream(std::shared_ptr<Call> call, Outcome outcome, std::unique_ptr<BlockingExecutor> executor,
             std::shared_ptr<Interruption> interruption);
  ~BodyStream() { let_go(); }
  BodyStream(const BodyStream&) = delete;

  int status() const { return status_; }
  std::string reason() const;
  nb::object headers() const { return header_list(headers_); }
  nb::object header(const std::string& name) const { return header_of(headers_, name); }
  std::optional<std::uint64_t> length() const { return length_; }

  nb::object read(Py_ssize_t size);
  std::size_t readinto(nb::handle buffer);
  nb::object read_async(Py_ssize_t size);
  std::uint64_t write_to(const std::string& path);
  void close();

 private:
  BodyCursor& open_body();
  // Drops the body where it was read: readers belong to their executor (http/client.h).
  void let_go();
  template <class T>
  T wait(Task<T> task);
  void read_rest(std::shared_ptr<Promise> promise);  // of a body that does not tell its length

  const int generation_ = generation();
  std::shared_ptr<Call> call_;  // its connection carries the body, or that of `via_`
  std::shared_ptr<Call> via_;
  int status_;
  http::Headers headers_;
  std::optional<std::uint64_t> length_;
  std::shared_ptr<Interruption> interruption_;
  std::unique_ptr<BlockingExecutor> executor_;  // of a stream that is waited for; null: the core's thread
  std::shared_ptr<BodyCursor> body_;            // null: closed
};

// What came of a call that wanted a stream: a BodyStream, or raises. `executor` and `interruption` are those
// of a caller who waits; null for one on the core's thread.
nb::object make_stream(std::shared_ptr<Call> call, Outcome& outcome,
                       std::unique_ptr<BlockingExecutor> executor,
                       std::shared_ptr<Interruption> interruption);

void define_streams(nb::module_& module);

}  // namespace mere::python
