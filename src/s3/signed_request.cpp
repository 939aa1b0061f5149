#include "s3/signed_request.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/time_format.h"
#include "http/aws_signature.h"

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

std::optional<Timestamp> parse_signing_date(std::string_view text) {
  if (const auto time = http::parse_aws_time(text)) return time;
  const auto space = text.rfind(' ');
  if (space == text.npos) return std::nullopt;
  const std::string_view zone = text.substr(space + 1);
  const auto time = from_http_date(std::string(text.substr(0, space)) + " GMT");
  if (!time || zone == "GMT" || zone == "UTC" || zone == "Z") return time;
  const bool is_number =
      zone.size() == 5 && (zone[0] == '+' || zone[0] == '-') &&
      std::all_of(zone.begin() + 1, zone.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!is_number) return std::nullopt;
  const int minutes = ((zone[1] - '0') * 10 + (zone[2] - '0')) * 60 + (zone[3] - '0') * 10 + (zone[4] - '0');
  return *time + std::chrono::minutes(zone[0] == '+' ? -minutes : minutes);
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
