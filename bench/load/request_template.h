// "METHOD TARGET BODY" with places for numbers, so that each request can name something new.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "request_signer.h"

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

  // Has requests signed; `payload_hash`: "" for that of the body, which is filler or nothing then. The
  // signatures of the first `prepared` requests (Numbers.overall from `first` in steps) are made here and
  // now, those of later ones as they are sent.
  void sign_with(const RequestSigner& signer, std::string payload_hash, std::uint64_t first,
                 std::uint64_t step, std::uint64_t prepared, std::uint64_t count) {
    signer_ = &signer;
    payload_hash_ = payload_hash.empty() ? RequestSigner::payload_hash(filler_) : std::move(payload_hash);
    common_ += signer.headers(payload_hash_);
    first_ = first;
    step_ = step;
    if (target_.find("{c}") != target_.npos || target_.find("{i}") != target_.npos) return;
    is_constant_ = target_.find("{n}") == target_.npos && target_.find("{s}") == target_.npos;
    std::string target;
    for (std::uint64_t i = 0; i < (is_constant_ ? 1 : prepared); ++i) {
      target.clear();
      fill(target_, {0, 0, first + i * step, count}, target);
      std::string signature = signer.signature(method_, target, payload_hash_);
      std::copy_n(signature.begin(), kSignature, prepared_.emplace_back().begin());
    }
  }

  // The request without its filler, into `out`.
  void write(const Numbers& numbers, std::string& out) const {
    out.clear();
    out.append(method_).append(" ");
    const std::size_t target_at = out.size();
    fill(target_, numbers, out);
    const std::size_t target_size = out.size() - target_at;
    out.append(" HTTP/1.1\r\n").append(common_);
    if (signer_) add_signature(numbers, target_at, target_size, out);
    std::string body;
    if (filler_ == 0 && !body_.starts_with('@')) fill(body_, numbers, body);
    if (has_body_)
      out.append("Content-Length: ").append(std::to_string(filler_ + body.size())).append("\r\n");
    out.append("\r\n").append(body);
  }
  std::uint64_t filler_bytes() const { return filler_; }

 private:
  static constexpr std::size_t kSignature = 64;

  void add_signature(const Numbers& numbers, std::size_t target_at, std::size_t target_size,
                     std::string& out) const {
    const std::uint64_t index = is_constant_ ? 0 : (numbers.overall - first_) / step_;
    if (index < prepared_.size())
      out.append(prepared_[index].data(), kSignature);
    else
      out.append(
          signer_->signature(method_, std::string_view(out).substr(target_at, target_size), payload_hash_));
    out.append("\r\n");
  }

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

  const RequestSigner* signer_ = nullptr;
  std::string payload_hash_;
  std::uint64_t first_ = 0;
  std::uint64_t step_ = 1;
  bool is_constant_ = false;
  std::vector<std::array<char, kSignature>> prepared_;
};

}  // namespace mere::load
