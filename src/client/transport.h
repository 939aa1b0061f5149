// The way to a lake: over HTTP, or straight to the handler of a lake that is open in this process.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "http/client.h"
#include "http/message.h"

namespace mere::client {

// Any thread may call it.
class Transport {
 public:
  virtual ~Transport() = default;
  // As http::Client::send, to the one lake this leads to.
  virtual Task<std::variant<http::Response, http::SendError>> send(http::Request request,
                                                                   http::SendOptions options) = 0;
  // For messages: "http://127.0.0.1:8000", or the folder.
  virtual const std::string& name() const = 0;
};

// `origin`: "http://127.0.0.1:8000". `client` outlives it.
std::unique_ptr<Transport> make_http_transport(http::Client& client, std::string origin);
// `handler` outlives it.
std::unique_ptr<Transport> make_local_transport(http::Handler& handler, std::string name);

}  // namespace mere::client
