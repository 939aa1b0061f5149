// A request as its signature sees it, decoded once.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "http/message.h"
#include "s3/outcome.h"

namespace mere::s3 {

struct SignedRequest {
  const http::Request& request;                            // outlives it
  std::string path;                                        // decoded
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order

  // Null if absent; the first of a name.
  const std::string* parameter(std::string_view name) const;
  std::string_view get(std::string_view name) const;  // "" if absent
};

// `InvalidURI` for a broken percent-encoding.
Outcome<SignedRequest> decode_request(const http::Request& request);

// When a request says it was signed: RFC 1123 with a zone's name or number, or "20130524T000000Z".
std::optional<Timestamp> parse_signing_date(std::string_view text);

// Whether `signed_at` is within `skew` of `now` (contract: S3 gateway, section 4.1).
Refusal check_skew(Timestamp signed_at, Timestamp now, std::chrono::seconds skew);
// Whether a signature that holds until `end` still does.
Refusal check_expiry(Timestamp end, Timestamp now);

}  // namespace mere::s3
