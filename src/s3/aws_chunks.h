// The aws-chunked framing of S3's streamed uploads, as it arrives (contract: S3 gateway, section 5):
//
//   HEX[;chunk-signature=SIG]\r\n DATA \r\n …  0[;chunk-signature=SIG]\r\n [NAME:VALUE\r\n …] \r\n
//
// (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mere::s3 {

// Walks the framing; the data stays with the caller, who says how much of it is taken.
class AwsChunks {
 public:
  enum class State {
    framing,  // wants bytes
    data,     // data_left() bytes of data come next
    trailer,  // behind the last chunk: everything that comes is eaten, and is in trailer()
    malformed,
  };

  State state() const { return state_; }
  std::uint64_t data_left() const { return left_; }
  // Of the chunk whose data comes, or came last; "" if it has none. In `trailer`: of the last chunk.
  std::string_view signature() const { return signature_; }
  std::string_view trailer() const { return trailer_; }

  // Eats framing from the front of `input`; returns how many bytes. Stops at data or an error.
  std::size_t eat_framing(std::string_view input);
  // `count` bytes of data were taken, at most data_left().
  void took_data(std::uint64_t count);

 private:
  enum class Step { line, data_cr, data_lf };

  void end_line();

  State state_ = State::framing;
  Step step_ = Step::line;
  std::uint64_t left_ = 0;
  std::string line_;
  std::string signature_;
  std::string trailer_;
};

}  // namespace mere::s3
