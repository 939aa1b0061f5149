// The body of the request under way: delimited by a length or by chunks, read as the handler asks for it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"
#include "base/task.h"
#include "http/chunked.h"
#include "http/event_loop.h"
#include "http/input_buffer.h"
#include "http/request_head.h"
#include "http/response_writer.h"
#include "http/wire.h"

namespace mere::http {

// On the loop's thread only.
class RequestBody {
 public:
  // `in`: what was received behind the head, and behind this body. All three outlive it.
  RequestBody(Wire& wire, InputBuffer& in, ResponseWriter& writer) : wire_(wire), in_(in), writer_(writer) {}

  void begin(const RequestHead& head);

  // As BodyReader::read().
  Task<Result<std::size_t>> read(std::span<std::byte> into);
  // Reads over what the handler left; false if that is too much, or fails.
  Task<bool> drain();

  bool is_read() const;
  // Whether drain() will come to the end of what the handler left, as far as can be promised before the
  // answer: chunks do not say what is still to come, so only if they are all here. Takes those that are.
  bool will_drain();
  bool has_failed() const { return error_.has_value(); }
  // It did not come in time.
  bool is_late() const { return error_ && error_->code == Code::deadline_exceeded; }

  // The client waits for 100 before it sends the body.
  bool awaits_continue() const { return continue_wanted_; }
  Task<bool> send_continue();
  // The response is on its way: too late for 100.
  void answer_begins() { answering_ = true; }

 private:
  std::size_t take_received(std::span<std::byte> into);
  Task<Result<std::size_t>> receive(std::span<std::byte> into);
  void took(std::size_t count);
  Task<Status> wait(Socket::Interest interest);

  Wire& wire_;
  InputBuffer& in_;
  ResponseWriter& writer_;
  bool continue_wanted_ = false;
  bool answering_ = false;
  bool chunked_ = false;
  ChunkedDecoder chunks_;
  std::uint64_t left_ = 0;  // if not chunked
  std::uint64_t taken_ = 0;
  std::optional<Error> error_;

  // The rate is taken over spans of `body_timeout` spent waiting: the handler's own time does not count.
  std::chrono::steady_clock::duration waited_{};
  std::uint64_t received_ = 0;  // in this span, on the wire
};

}  // namespace mere::http
