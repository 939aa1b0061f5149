#include "s3/signed_request.h"

#include "base/encoding.h"

namespace mere::s3 {

const std::string* SignedRequest::parameter(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::string_view SignedRequest::get(std::string_view name) const {
  const std::string* value = parameter(name);
  return value != nullptr ? std::string_view(*value) : std::string_view();
}

Outcome<SignedRequest> decode_request(const http::Request& request) {
  auto path = percent_decode(request.path);
  auto query = http::parse_query(request.query);
  if (!path || !query) return s3_error("InvalidURI");
  return SignedRequest{request, *std::move(path), *std::move(query)};
}

Refusal check_skew(Timestamp signed_at, Timestamp now, std::chrono::seconds skew) {
  if (now > signed_at + skew) return s3_error("RequestTimeTooSkewed");
  if (signed_at > now + skew) return s3_error("AccessDenied", "Request is not valid yet");
  return std::nullopt;
}

Refusal check_expiry(Timestamp end, Timestamp now) {
  if (now >= end) return s3_error("AccessDenied", "Request has expired");
  return std::nullopt;
}

}  // namespace mere::s3
