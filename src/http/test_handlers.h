// For tests only: what their servers answer.
#pragma once

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <utility>

#include "base/result.h"
#include "base/task.h"
#include "http/message.h"

namespace mere::http::testing {

inline Response text(std::string body, int status = 200) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain");
  response.body = std::move(body);
  return response;
}

// Answers with what it was asked: "GET /path?query" and the body.
inline Task<Response> echo(Request request) {
  std::string answer = request.method + " " + request.path;
  if (!request.query.empty()) answer += "?" + request.query;
  Result<std::string> body = co_await read_all(request.body.get(), 10u << 20);
  if (!body) co_return text(std::string(name_of(body.error().code)), 400);
  if (!body->empty()) answer += "\n" + *body;
  co_return text(std::move(answer));
}

// Answers without a look at the body.
inline Task<Response> ignore_body(Request request) {
  co_return text("ignored " + request.path);
}

// The byte of a made-up large content at `position`.
inline char byte_at(std::uint64_t position) {
  return static_cast<char>('a' + position % 23 + position / 1000 % 3);
}

inline std::string content(std::uint64_t size) {
  constexpr std::uint64_t kPeriod = 23 * 3000;
  std::string bytes(size, '\0');
  for (std::uint64_t i = 0; i < std::min(size, kPeriod); ++i) bytes[i] = byte_at(i);
  for (std::uint64_t i = kPeriod; i < size; i += kPeriod) {
    std::memcpy(bytes.data() + i, bytes.data(), std::min(kPeriod, size - i));
  }
  return bytes;
}

// That content in pieces; may fail on the way.
class MadeUpBody final : public BodyReader {
 public:
  MadeUpBody(std::uint64_t size, std::size_t piece, std::uint64_t fail_at = UINT64_MAX)
      : size_(size), piece_(piece), fail_at_(fail_at) {}

  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    if (position_ >= fail_at_) co_return Error{Code::io_error, "made up"};
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>({into.size(), piece_, size_ - position_}));
    for (std::size_t i = 0; i < count; ++i) into[i] = static_cast<std::byte>(byte_at(position_ + i));
    position_ += count;
    co_return count;
  }

 private:
  std::uint64_t size_;
  std::size_t piece_;
  std::uint64_t fail_at_;
  std::uint64_t position_ = 0;
};

}  // namespace mere::http::testing
