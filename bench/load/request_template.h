// "METHOD TARGET BODY" with places for numbers, so that each request can name something new.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mere::load {

struct Numbers {
  std::uint64_t connection;  // {c}
  std::uint64_t iteration;   // {i}: of the connection
  std::uint64_t
      overall;  // {n}: over all connections; {s}: the same, scattered over all numbers below `count`
  std::uint64_t count;
};

// A body "@BYTES" is that many bytes, sent without being made; any other is text with places too.
class RequestTemplate {
 public:
  RequestTemplate(std::string_view text, std::string_view host, std::string_view headers)
      : common_("Host: " + std::string(host) + "\r\n" + std::string(headers)) {
    const std::size_t space = text.find(' ');
    method_ = text.substr(0, space);
    text.remove_prefix(space + 1);
    const std::size_t end = text.find(' ');
    target_ = text.substr(0, end);
    if (end != std::string_view::npos) body_ = text.substr(end + 1);
    if (body_.starts_with('@')) filler_ = std::stoull(body_.substr(1));
    has_body_ = end != std::string_view::npos;
  }

  // The request without its filler, into `out`.
  void write(const Numbers& numbers, std::string& out) const {
    out.clear();
    out.append(method_).append(" ");
    fill(target_, numbers, out);
    out.append(" HTTP/1.1\r\n").append(common_);
    std::string body;
    if (filler_ == 0 && !body_.starts_with('@')) fill(body_, numbers, body);
    if (has_body_)
      out.append("Content-Length: ").append(std::to_string(filler_ + body.size())).append("\r\n");
    out.append("\r\n").append(body);
  }
  std::uint64_t filler_bytes() const { return filler_; }

 private:
  static void fill(std::string_view text, const Numbers& numbers, std::string& out) {
    while (!text.empty()) {
      const std::size_t at = text.find('{');
      out.append(text.substr(0, at));
      if (at == std::string_view::npos) return;
      const std::string_view place = text.substr(at, 3);
      if (place == "{c}")
        append_padded(numbers.connection, out);
      else if (place == "{i}")
        append_padded(numbers.iteration, out);
      else if (place == "{n}")
        append_padded(numbers.overall, out);
      else if (place == "{s}")
        append_padded(scattered(numbers), out);
      else {
        out += '{';
        text.remove_prefix(at + 1);
        continue;
      }
      text.remove_prefix(at + 3);
    }
  }

  // Steps of a prime visit every number below `count` once, far from the one before.
  static std::uint64_t scattered(const Numbers& numbers) {
    constexpr std::uint64_t kPrime = 7'368'787;
    return numbers.count == 0 ? numbers.overall : numbers.overall * kPrime % numbers.count;
  }

  static void append_padded(std::uint64_t number, std::string& out) {
    const std::string digits = std::to_string(number);
    out.append(digits.size() < 8 ? 8 - digits.size() : 0, '0').append(digits);
  }

  std::string method_;
  std::string target_;
  std::string body_;
  std::string common_;
  std::uint64_t filler_ = 0;
  bool has_body_ = false;
};

}  // namespace mere::load
