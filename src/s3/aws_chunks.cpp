#include "s3/aws_chunks.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"

namespace mere::s3 {
namespace {

constexpr std::size_t kMaxLine = 4u << 10;
constexpr std::size_t kMaxTrailer = 16u << 10;
constexpr std::string_view kSignature = "chunk-signature=";

// Without extensions that are not the signature: nothing in them is of use.
std::string_view signature_of(std::string_view extensions) {
  while (!extensions.empty()) {
    const std::string_view piece = extensions.substr(0, extensions.find(';'));
    extensions.remove_prefix(std::min(extensions.size(), piece.size() + 1));
    if (piece.starts_with(kSignature)) return piece.substr(kSignature.size());
  }
  return {};
}

}  // namespace

std::size_t AwsChunks::eat_framing(std::string_view input) {
  std::size_t eaten = 0;
  while (eaten < input.size() && (state_ == State::framing || state_ == State::trailer)) {
    const std::string_view rest = input.substr(eaten);
    if (state_ == State::trailer) {
      if (rest.size() > kMaxTrailer - trailer_.size()) {
        state_ = State::malformed;
        break;
      }
      trailer_ += rest;
      eaten = input.size();
    } else if (step_ == Step::line) {
      const auto newline = rest.find('\n');
      const std::string_view piece = rest.substr(0, newline);
      if (piece.size() > kMaxLine - line_.size()) {
        state_ = State::malformed;
        break;
      }
      line_ += piece;
      eaten += piece.size();
      if (newline == rest.npos) break;
      ++eaten;
      end_line();
    } else {
      const char expected = step_ == Step::data_cr ? '\r' : '\n';
      if (rest.front() != expected) {
        state_ = State::malformed;
        break;
      }
      ++eaten;
      step_ = step_ == Step::data_cr ? Step::data_lf : Step::line;
    }
  }
  return eaten;
}

void AwsChunks::end_line() {
  std::string_view line = line_;
  const bool has_cr = line.ends_with('\r');
  if (has_cr) line.remove_suffix(1);
  const std::string_view size = line.substr(0, line.find(';'));
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(size.data(), size.data() + size.size(), value, 16);
  const bool is_good = has_cr && parsed.ec == std::errc() && parsed.ptr == size.data() + size.size();
  if (!is_good) {
    state_ = State::malformed;
    return;
  }
  signature_ = signature_of(line.substr(std::min(line.size(), size.size() + 1)));
  line_.clear();
  left_ = value;
  state_ = value > 0 ? State::data : State::trailer;
}

void AwsChunks::took_data(std::uint64_t count) {
  MERE_CHECK(state_ == State::data && count <= left_);
  left_ -= count;
  if (left_ > 0) return;
  state_ = State::framing;
  step_ = Step::data_cr;
}

}  // namespace mere::s3
