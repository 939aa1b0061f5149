// A request as curl wants it: the URL, the header lines, and nothing in them that could end a line early.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "http/client.h"
#include "http/message.h"

namespace mere::http {

struct OutgoingRequest {
  std::string origin;      // "https://host:port", for messages and as the key of its queue
  std::string url;         // whole
  std::string connect_to;  // CURLOPT_CONNECT_TO; "": where the URL says
  std::string method;
  std::vector<std::string> header_lines;  // "Name: value"
  bool has_body = false;
  std::optional<std::uint64_t> body_length;  // nullopt: sent in chunks
  // Sent again, it does the same (RFC 9110, section 9.2.2): a kept connection that breaks before the
  // answer may be replaced without asking.
  bool is_idempotent = false;
  std::chrono::milliseconds timeout{0};  // to the end of the answer's head; 0: none
  std::chrono::milliseconds connect_timeout{0};
};

// One read of a request's body; what it throws is its error.
Task<Result<std::size_t>> read_some(BodyReader& body, std::span<std::byte> into);
Error request_cancelled();
// Of a body that is `how` ("longer", "shorter") than was said.
Error wrong_length(const char* how);

// Errors: invalid_argument.
Result<OutgoingRequest> make_outgoing(const ClientOptions& client, const std::string& origin,
                                      const Request& request, const SendOptions& options);

}  // namespace mere::http
