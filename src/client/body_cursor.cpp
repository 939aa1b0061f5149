#include "client/body_cursor.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace mere::client {

BodyCursor::BodyCursor(http::Body body) : body_(std::move(body)) {}

std::optional<std::uint64_t> BodyCursor::left() const {
  if (std::holds_alternative<std::monostate>(body_)) return 0;
  if (const auto* text = std::get_if<std::string>(&body_)) return text->size() - position_;
  if (const auto* file = std::get_if<http::FileBody>(&body_)) return file->length - position_;
  const auto& length = std::get<http::StreamBody>(body_).length;
  if (!length) return std::nullopt;
  return *length - position_;
}

Task<std::size_t> BodyCursor::take(std::span<std::byte> into) {
  std::size_t filled = 0;
  if (const auto told = left()) into = into.first(std::min<std::uint64_t>(into.size(), *told));
  while (filled < into.size() && !failure_) {
    const std::span<std::byte> rest = into.subspan(filled);
    std::size_t count = 0;
    if (const auto* text = std::get_if<std::string>(&body_)) {
      count = rest.size();
      std::memcpy(rest.data(), text->data() + position_, count);
    } else if (const auto* file = std::get_if<http::FileBody>(&body_)) {
      const auto offset = static_cast<off_t>(file->offset + position_);
      const ssize_t read = ::pread(file->file->get(), rest.data(), rest.size(), offset);
      if (read < 0) {
        failure_ = Error{Code::io_error, fmt::format("reading the object's file: {}", std::strerror(errno))};
        break;
      }
      count = static_cast<std::size_t>(read);
    } else {
      Task<Result<std::size_t>> reading = std::get<http::StreamBody>(body_).reader->read(rest);
      const Result<std::size_t> read = co_await std::move(reading);
      if (!read) {
        failure_ = read.error();
        break;
      }
      count = *read;
    }
    if (count == 0) {
      if (left()) failure_ = Error{Code::unavailable, "the body broke off before its end"};
      break;
    }
    filled += count;
    position_ += count;
  }
  co_return filled;
}

Task<Result<std::size_t>> BodyCursor::fill(std::span<std::byte> into) {
  Task<std::size_t> taking = take(into);
  const std::size_t filled = co_await std::move(taking);
  if (failure_) co_return *failure_;
  co_return filled;
}

Task<Result<std::size_t>> BodyCursor::fill_with_what_comes(std::span<std::byte> into) {
  Task<std::size_t> taking = take(into);
  const std::size_t filled = co_await std::move(taking);
  if (failure_ && filled == 0) co_return *failure_;
  co_return filled;
}

Task<Result<std::string>> BodyCursor::rest(std::size_t limit) {
  constexpr std::size_t kPiece = 64u << 10;
  const Error too_large{Code::too_large, fmt::format("the answer is larger than {} bytes", limit)};
  std::string text;
  if (auto* whole = std::get_if<std::string>(&body_); whole != nullptr && position_ == 0) {
    if (whole->size() > limit) co_return too_large;
    position_ = whole->size();
    co_return *whole;
  }
  for (;;) {
    const auto told = left();
    const std::size_t wanted = told ? static_cast<std::size_t>(*told) : std::max(kPiece, text.size());
    if (text.size() + (told ? wanted : 0) > limit) co_return too_large;
    if (wanted == 0) co_return text;
    const std::size_t before = text.size();
    text.resize(before + wanted);
    Task<Result<std::size_t>> filling = fill(std::as_writable_bytes(std::span(text)).subspan(before));
    const Result<std::size_t> filled = co_await std::move(filling);
    if (!filled) co_return filled.error();
    text.resize(before + *filled);
    if (text.size() > limit) co_return too_large;
    if (*filled < wanted) co_return text;
  }
}

}  // namespace mere::client
