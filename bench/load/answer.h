// Where an HTTP response ends: status line, Content-Length or chunks. The little that a load generator
// needs, of servers that it trusts.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace mere::load {

// Takes a response as it arrives. One at a time; begin() before each.
class Answer {
 public:
  void begin() { *this = Answer(); }

  // Consumes bytes up to the end of the response, and says how many. Answers 0 for bytes that are no HTTP.
  std::size_t take(std::string_view bytes) {
    std::size_t taken = 0;
    while (taken < bytes.size() && state_ != State::done && !broken_) taken += step(bytes.substr(taken));
    return broken_ ? 0 : taken;
  }
  // What of the body need not be looked at: it may be thrown away unread.
  std::uint64_t skippable() const { return state_ == State::body ? left_ : 0; }
  void skip(std::uint64_t bytes) {
    left_ -= bytes;
    if (left_ == 0) state_ = State::done;
  }

  bool is_done() const { return state_ == State::done; }
  int status() const { return status_; }
  const std::string& beginning() const { return beginning_; }  // of the body, for messages

 private:
  enum class State { head, body, chunk_size, chunk, trailer, done };

  std::size_t step(std::string_view bytes) {
    switch (state_) {
      case State::body:
      case State::chunk: {
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
        if (beginning_.size() < 256) beginning_.append(bytes.substr(0, std::min<std::size_t>(count, 256)));
        left_ -= count;
        if (left_ == 0) state_ = state_ == State::body ? State::done : State::trailer;
        return count;
      }
      default:
        return take_line(bytes);
    }
  }

  std::size_t take_line(std::string_view bytes) {
    const std::size_t end = bytes.find('\n');
    line_.append(bytes.substr(0, end));
    if (end == std::string_view::npos) return bytes.size();
    if (line_.ends_with('\r')) line_.pop_back();
    on_line();
    line_.clear();
    return end + 1;
  }

  void on_line() {
    if (state_ == State::trailer) {  // behind a chunk, or behind the last
      state_ = is_last_ ? (line_.empty() ? State::done : State::trailer) : State::chunk_size;
      return;
    }
    if (state_ == State::chunk_size) {
      left_ = number(line_, 16);
      is_last_ = left_ == 0;
      state_ = is_last_ ? State::trailer : State::chunk;
      return;
    }
    if (status_ == 0) {
      if (line_.size() < 12 || !line_.starts_with("HTTP/1."))
        broken_ = true;
      else
        status_ = static_cast<int>(number(std::string_view(line_).substr(9, 3), 10));
      return;
    }
    if (!line_.empty()) return on_header();
    if (status_ == 100) {
      status_ = 0;
    } else if (chunked_) {
      state_ = State::chunk_size;
    } else {
      state_ = left_ > 0 && status_ != 204 && status_ != 304 ? State::body : State::done;
    }
  }

  void on_header() {
    std::transform(line_.begin(), line_.end(), line_.begin(),
                   [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    constexpr std::string_view kLength = "content-length: ";
    if (line_.starts_with(kLength)) left_ = number(std::string_view(line_).substr(kLength.size()), 10);
    if (line_ == "transfer-encoding: chunked") chunked_ = true;
  }

  std::uint64_t number(std::string_view text, int base) {
    std::uint64_t value = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), value, base).ec != std::errc())
      broken_ = true;
    return value;
  }

  State state_ = State::head;
  std::string line_;
  std::string beginning_;
  std::uint64_t left_ = 0;
  int status_ = 0;
  bool chunked_ = false;
  bool is_last_ = false;
  bool broken_ = false;
};

}  // namespace mere::load
