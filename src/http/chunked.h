// The chunked transfer coding (RFC 9112 section 7.1), as it arrives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mere::http {

// Walks the framing; the data stays with the caller, who says how much of it is taken. Chunk extensions
// and trailers are read over: nothing in them is of use here.
class ChunkedDecoder {
 public:
  enum class State {
    framing,  // wants bytes
    data,     // data_left() bytes of data come next
    end,      // the body is over; nothing more is eaten
    malformed,
  };

  State state() const { return state_; }
  std::uint64_t data_left() const { return left_; }

  // Eats framing from the front of `input`; returns how many bytes. Stops at data, the end or an error.
  std::size_t eat_framing(std::string_view input);
  // `count` bytes of data were taken, at most data_left().
  void took_data(std::uint64_t count);

 private:
  enum class Step {
    first_digit,
    digits,
    padding,
    extension,
    size_lf,
    data_cr,
    data_lf,
    trailer_start,
    trailer_name,
    trailer_value,
    trailer_lf,
    last_lf,
  };

  void step(char c);

  State state_ = State::framing;
  Step step_ = Step::first_digit;
  std::uint64_t left_ = 0;
  int digits_ = 0;
  std::size_t line_bytes_ = 0;  // of this chunk's size line
  std::size_t trailer_bytes_ = 0;
};

}  // namespace mere::http
