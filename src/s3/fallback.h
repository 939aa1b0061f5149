// Requests for repositories that are not here, sent on to another S3 service (gateways.s3.fallback_url).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "http/client.h"
#include "http/message.h"
#include "s3/addressing.h"

namespace mere::s3 {

// Reads `body` without owning it: what is checked as it is read may still be sent on as it came, if nothing
// was read.
std::unique_ptr<http::BodyReader> borrow_body(http::BodyReader& body);

// `request` with its own body goes to `url` ("https://host:port/prefix"), its bucket in the path; nullopt if
// that could not be reached.
Task<std::optional<http::Response>> send_to_fallback(http::Client& client, const std::string& url,
                                                     const Target& target, http::Request request);

}  // namespace mere::s3
