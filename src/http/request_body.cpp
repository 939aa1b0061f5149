#include "http/request_body.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.h"

namespace mere::http {
namespace {

constexpr std::size_t kDrainedBytes = 256u << 10;  // of a body that the handler left; more closes
constexpr std::size_t kDirectRead = 4u << 10;      // smaller reads go through the input buffer

Error peer_gone() {
  return Error{Code::cancelled, "the client closed the connection"};
}

}  // namespace

void RequestBody::begin(const RequestHead& head) {
  chunked_ = head.chunked;
  chunks_ = ChunkedDecoder();
  left_ = head.content_length.value_or(0);
  taken_ = 0;
  error_.reset();
  continue_wanted_ = head.expects_continue && !is_read();
  answering_ = false;
  waited_ = {};
  received_ = 0;
}

bool RequestBody::is_read() const {
  return chunked_ ? chunks_.state() == ChunkedDecoder::State::end : left_ == 0;
}

bool RequestBody::will_drain() {
  if (!chunked_) return left_ <= kDrainedBytes;
  std::array<std::byte, kDirectRead> ignored;
  while (take_received(ignored) > 0) {
  }
  return is_read() && !error_;
}

Task<Result<std::size_t>> RequestBody::read(std::span<std::byte> into) {
  MERE_CHECK(!into.empty());
  while (true) {
    if (error_) co_return *error_;
    if (is_read()) co_return std::size_t{0};
    if (continue_wanted_ && !co_await send_continue()) {
      error_ = peer_gone();
      continue;
    }
    if (const std::size_t taken = take_received(into); taken > 0) co_return taken;
    if (error_ || is_read()) continue;

    // Large pieces go straight to the caller, small ones through the buffer, many at a time.
    const std::uint64_t left = !chunked_                                        ? left_
                               : chunks_.state() == ChunkedDecoder::State::data ? chunks_.data_left()
                                                                                : 0;
    const auto direct = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left));
    const bool buffered = into.size() < kDirectRead || (chunked_ && direct < kDirectRead);
    const Result<std::size_t> count = co_await receive(buffered ? in_.space() : into.first(direct));
    if (!count) {
      error_ = count.error();
    } else if (buffered) {
      in_.received(*count);
    } else {
      took(*count);
      co_return *count;
    }
  }
}

Task<bool> RequestBody::send_continue() {
  continue_wanted_ = false;
  if (answering_ || !in_.empty()) co_return true;  // too late, or the client did not wait for it
  co_return co_await writer_.write_continue();
}

std::size_t RequestBody::take_received(std::span<std::byte> into) {
  std::size_t taken = 0;
  while (!in_.empty() && taken < into.size() && !is_read()) {
    if (chunked_ && chunks_.state() != ChunkedDecoder::State::data) {
      in_.consume(chunks_.eat_framing(in_.bytes()));
      if (chunks_.state() == ChunkedDecoder::State::malformed) {
        error_ = Error{Code::invalid_argument, "the body's chunks are malformed"};
        break;
      }
      if (chunks_.state() == ChunkedDecoder::State::data &&
          chunks_.data_left() > wire_.options.max_body_bytes - taken_) {
        error_ = Error{Code::too_large, "the body is too large"};
        break;
      }
      continue;
    }
    const std::uint64_t left = chunked_ ? chunks_.data_left() : left_;
    const auto count = static_cast<std::size_t>(
        std::min<std::uint64_t>(left, std::min(in_.bytes().size(), into.size() - taken)));
    std::memcpy(into.data() + taken, in_.bytes().data(), count);
    in_.consume(count);
    took(count);
    taken += count;
  }
  return taken;
}

void RequestBody::took(std::size_t count) {
  taken_ += count;
  if (chunked_) {
    chunks_.took_data(count);
  } else {
    left_ -= count;
  }
}

Task<Result<std::size_t>> RequestBody::receive(std::span<std::byte> into) {
  while (true) {
    Socket::Interest interest = Socket::kRead;
    if (wire_.socket.may_read()) {
      const Progress progress = wire_.transport->read(into);
      if (progress.state == Progress::State::moved) {
        received_ += progress.bytes;
        if (wire_.took_its_turn(progress.bytes)) co_await wire_.loop.yield();
        co_return progress.bytes;
      }
      if (progress.state == Progress::State::ended || progress.state == Progress::State::broken) {
        co_return peer_gone();
      }
      interest = interest_of(progress);
    }
    if (const Status waited = co_await wait(interest); !waited) co_return waited.error();
  }
}

Task<Status> RequestBody::wait(Socket::Interest interest) {
  wire_.waits();
  const auto span = wire_.options.body_timeout;
  const TimePoint begin = wire_.loop.now();
  const Socket::Wake wake = co_await wire_.socket.wait(interest, begin + span);
  if (wake == Socket::Wake::interrupted) co_return Error{Code::cancelled, "the server is stopping"};
  if (wake == Socket::Wake::timed_out) {
    co_return Error{Code::deadline_exceeded, "the client stopped sending the body"};
  }
  waited_ += wire_.loop.now() - begin;
  if (waited_ < span) co_return Status();
  const auto seconds = std::chrono::duration_cast<std::chrono::duration<double>>(waited_).count();
  if (static_cast<double>(received_) < static_cast<double>(wire_.options.min_body_rate) * seconds) {
    co_return Error{Code::deadline_exceeded, "the client sends the body too slowly"};
  }
  waited_ = {};
  received_ = 0;
  co_return Status();
}

Task<bool> RequestBody::drain() {
  std::array<std::byte, kDirectRead> ignored;
  const std::uint64_t limit = taken_ + kDrainedBytes;
  while (!is_read()) {
    if (taken_ > limit) co_return false;
    const Result<std::size_t> count = co_await read(ignored);
    if (!count) co_return false;
  }
  co_return true;
}

}  // namespace mere::http
