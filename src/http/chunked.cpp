#include "http/chunked.h"

#include "base/check.h"
#include "http/request_head.h"

namespace mere::http {
namespace {

constexpr int kMaxDigits = 16;
constexpr std::size_t kMaxSizeLine = 4096;
constexpr std::size_t kMaxTrailers = 16u << 10;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::size_t ChunkedDecoder::eat_framing(std::string_view input) {
  std::size_t eaten = 0;
  while (eaten < input.size() && state_ == State::framing) step(input[eaten++]);
  return eaten;
}

void ChunkedDecoder::took_data(std::uint64_t count) {
  MERE_CHECK(state_ == State::data && count <= left_);
  left_ -= count;
  if (left_ > 0) return;
  state_ = State::framing;
  step_ = Step::data_cr;
}

void ChunkedDecoder::step(char c) {
  const auto expect = [&](bool right, Step next) {
    if (right) {
      step_ = next;
    } else {
      state_ = State::malformed;
    }
  };
  switch (step_) {
    case Step::first_digit:
    case Step::digits:
      if (const int digit = hex_digit(c); digit >= 0) {
        left_ = left_ << 4 | static_cast<std::uint64_t>(digit);
        expect(++digits_ <= kMaxDigits, Step::digits);
        return;
      }
      if (step_ == Step::first_digit) {
        state_ = State::malformed;
        return;
      }
      [[fallthrough]];
    case Step::padding:
    case Step::extension:
      ++line_bytes_;
      if (c == '\r') {
        step_ = Step::size_lf;
      } else if (step_ == Step::digits) {
        expect(c == ';' || c == ' ' || c == '\t', c == ';' ? Step::extension : Step::padding);
      } else if (step_ == Step::padding) {
        expect((c == ';' || c == ' ' || c == '\t') && line_bytes_ <= kMaxSizeLine,
               c == ';' ? Step::extension : Step::padding);
      } else {
        expect(is_field_value({&c, 1}) && line_bytes_ <= kMaxSizeLine, Step::extension);
      }
      return;
    case Step::size_lf:
      expect(c == '\n', left_ > 0 ? Step::data_cr : Step::trailer_start);
      if (state_ == State::framing && left_ > 0) state_ = State::data;
      return;
    case Step::data_cr:
      expect(c == '\r', Step::data_lf);
      return;
    case Step::data_lf:
      digits_ = 0;
      line_bytes_ = 0;
      expect(c == '\n', Step::first_digit);
      return;
    case Step::trailer_start:
      if (c == '\r') {
        step_ = Step::last_lf;
      } else {
        ++trailer_bytes_;
        expect(is_token({&c, 1}), Step::trailer_name);
      }
      return;
    case Step::trailer_name:
      ++trailer_bytes_;
      if (c == ':') {
        step_ = Step::trailer_value;
      } else {
        expect(is_token({&c, 1}) && trailer_bytes_ <= kMaxTrailers, Step::trailer_name);
      }
      return;
    case Step::trailer_value:
      ++trailer_bytes_;
      if (c == '\r') {
        step_ = Step::trailer_lf;
      } else {
        expect(is_field_value({&c, 1}) && trailer_bytes_ <= kMaxTrailers, Step::trailer_value);
      }
      return;
    case Step::trailer_lf:
      expect(c == '\n', Step::trailer_start);
      return;
    case Step::last_lf:
      if (c == '\n') {
        state_ = State::end;
      } else {
        state_ = State::malformed;
      }
      return;
  }
}

}  // namespace mere::http
