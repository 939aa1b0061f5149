// Writes responses: a head and its body, which is text, a piece of a file, or a stream.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/task.h"
#include "http/message.h"
#include "http/pacing.h"
#include "http/response_head.h"
#include "http/wire.h"

namespace mere::http {

// How the body of `response` to such a request is delimited.
ResponseFraming framing_of(const Response& response, bool is_head, int minor_version);

// In memory bounded by `options.io_buffer_bytes`; what waits for the peer ends after `options.body_timeout`.
// Each call: false if the peer, or the body, did not last until the end. On the loop's thread only.
class ResponseWriter {
 public:
  explicit ResponseWriter(Wire& wire) : wire_(wire) {}

  struct Form {
    int status;
    ResponseFraming framing;
    Persistence persistence;
    bool bodiless;  // to HEAD, or of a status without a body
    std::string_view date;
  };
  Task<bool> write(const Response& response, Form form);
  Task<bool> write_continue();
  // Gives memory back until the next response.
  void rest();

 private:
  Task<bool> send(std::span<std::string_view> pieces, bool more);
  Task<bool> writable_after(Progress progress);
  Task<bool> send_file(const FileBody& body);
  Task<bool> send_file_through_buffer(const FileBody& body);
  Task<bool> send_stream(const StreamBody& body, bool chunked);

  Wire& wire_;
  std::string out_;
  Pacing pacing_;
};

}  // namespace mere::http
