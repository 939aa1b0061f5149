// multipart/form-data (RFC 7578) as a stream: nothing of a part is held but a window of 64 KiB.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/task.h"
#include "http/message.h"

namespace mere::http {

// The boundary that a Content-Type names, quoted or not; nullopt if it is not multipart/form-data or has
// no valid boundary.
std::optional<std::string> multipart_boundary(std::string_view content_type);

struct FormPart {
  std::string name;
  std::optional<std::string> filename;
  std::string content_type;  // "" if the part does not say
  Headers headers;
  std::unique_ptr<BodyReader> body;  // until the form's next next(), and not beyond the form
};

class MultipartForm {
 public:
  struct Limits {
    std::size_t header_bytes = 16u << 10;  // of one part, and of what precedes the first
    std::size_t parts = 1000;
  };

  // `body` outlives it.
  MultipartForm(BodyReader& body, const std::string& boundary, Limits limits);
  MultipartForm(BodyReader& body, const std::string& boundary) : MultipartForm(body, boundary, Limits()) {}
  ~MultipartForm();

  // The next part, or nullopt after the last. What is left of the part before is read over.
  // Errors: those of the body's read(), `invalid_argument` (malformed, or it ends too early),
  // `too_large` (over a limit). After an error, only destruction.
  Task<Result<std::optional<FormPart>>> next();

 private:
  class PartBody;

  Task<Result<std::size_t>> read_part(std::size_t number, std::span<std::byte> into);
  Task<Status> fill();
  Task<Status> find_data();
  Task<Result<bool>> read_delimiter();
  Task<Result<Headers>> read_headers();

  std::string_view window() const { return {buffer_.get() + begin_, end_ - begin_}; }

  BodyReader& body_;
  const std::string delimiter_;  // CRLF, "--" and the boundary
  const Limits limits_;
  std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t data_ = 0;         // of window(): known to be data of the part
  bool delimiter_next_ = false;  // it follows those
  bool finished_ = false;
  std::size_t part_ = 0;  // counted from 1
};

}  // namespace mere::http
