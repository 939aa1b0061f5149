#include "s3/signature_v4.h"

#include <algorithm>
#include <charconv>

#include "base/hash.h"

namespace mere::s3 {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kTerminator = "aws4_request";
constexpr std::size_t kSignatureSize = 64;
constexpr std::size_t kMaxSignedHeaders = 1000;  // as many as a request may have
constexpr std::int64_t kMaxExpiry = 7 * 24 * 3600;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool is_header_name(std::string_view text) {
  constexpr std::string_view kSymbols = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
           kSymbols.find(c) != std::string_view::npos;
  });
}

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool parse_credential(std::string_view text, SignatureV4& out) {
  auto credential = parse_v4_credential(text);
  if (!credential) return false;
  out.access_key_id = std::move(credential->access_key_id);
  out.scope = std::move(credential->scope);
  return true;
}

bool parse_signed_headers(std::string_view text, std::vector<std::string>& out) {
  while (true) {
    const std::string_view name = text.substr(0, text.find(';'));
    if (!is_header_name(name) || out.size() == kMaxSignedHeaders) return false;
    std::string& added = out.emplace_back(name);
    std::transform(added.begin(), added.end(), added.begin(), lower);
    if (name.size() == text.size()) break;
    text.remove_prefix(name.size() + 1);
  }
  std::sort(out.begin(), out.end());
  return true;
}

bool parse_signature(std::string_view text, SignatureV4& out) {
  if (text.size() != kSignatureSize || !is_lower_hex(text)) return false;
  out.signature = text;
  return true;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

S3Error bad_query(std::string message) {
  return s3_error("AuthorizationQueryParametersError", std::move(message));
}

Outcome<std::chrono::seconds> parse_expiry(std::string_view text) {
  std::int64_t seconds = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (parsed.ptr != text.data() + text.size() || text.empty() ||
      (parsed.ec != std::errc() && parsed.ec != std::errc::result_out_of_range)) {
    return bad_query("X-Amz-Expires should be a number");
  }
  const bool is_negative = text.front() == '-';
  if (is_negative && seconds != 0) return bad_query("X-Amz-Expires must be non-negative");
  if (parsed.ec != std::errc() || seconds > kMaxExpiry) {
    return bad_query(
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less "
        "than 604800 seconds");
  }
  return std::chrono::seconds(seconds);
}

// All fields of a name in one value, as a client signs them.
std::string signed_value(const http::Headers& headers, std::string_view name) {
  std::string value;
  bool is_first = true;
  for (const auto& [field, text] : headers) {
    if (!http::equal_ignoring_case(field, name)) continue;
    if (!is_first) value += ',';
    is_first = false;
    value += http::canonical_value(text);
  }
  return value;
}

// An x-amz- field changes what a request does: added by whoever holds a link or repeats a request, it would
// turn an upload into a copy of what the signer may read. Left out are what proxies add, and in a link what
// says nothing that the link does not say.
bool must_be_signed(std::string_view name, bool is_link) {
  constexpr std::string_view kPrefix = "x-amz-";
  if (name.size() < kPrefix.size() || !http::equal_ignoring_case(name.substr(0, kPrefix.size()), kPrefix))
    return false;
  if (http::equal_ignoring_case(name, "x-amz-cf-id")) return false;
  return !is_link || (!http::equal_ignoring_case(name, "x-amz-content-sha256") &&
                      !http::equal_ignoring_case(name, "x-amz-date"));
}

bool has_unsigned_headers(const SignatureV4& claim, const http::Headers& headers) {
  return std::ranges::any_of(headers, [&](const auto& field) {
    return must_be_signed(field.first, claim.expiry.has_value()) &&
           std::ranges::none_of(claim.signed_headers, [&](const std::string& name) {
             return http::equal_ignoring_case(name, field.first);
           });
  });
}

std::string payload_hash(const SignatureV4& claim, const SignedRequest& request) {
  if (claim.expiry) {
    if (const std::string* hash = request.parameter("X-Amz-Content-Sha256")) return *hash;
  }
  const std::string* hash = request.request.headers.find("x-amz-content-sha256");
  return hash != nullptr ? *hash : std::string(http::kUnsignedPayload);
}

// When it was signed: the text is part of what is signed, the day part of the scope.
struct SigningTime {
  std::string text;
  Timestamp time;
};
Outcome<SigningTime> signing_time(const SignatureV4& claim, const SignedRequest& request) {
  std::string text(request.get("X-Amz-Date"));
  if (text.empty()) text = request.request.headers.get("x-amz-date");
  if (text.empty()) text = request.request.headers.get("Date");
  if (text.empty()) {
    S3Error none = s3_error("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header");
    none.status = 400;
    return none;
  }
  auto time = http::parse_aws_time(text);
  if (!time) {  // as the header Date has it; what is signed is its other form all the same
    time = parse_signing_date(text);
    if (!time) return s3_error("MalformedDate");
    text = http::to_aws_time(*time);
  }
  if (!text.starts_with(claim.scope.date)) {
    return s3_error("AuthorizationHeaderMalformed",
                    "The authorization header is malformed; Invalid credential date. Date is not the same as "
                    "X-Amz-Date.");
  }
  return SigningTime{std::move(text), *time};
}

}  // namespace

std::optional<CredentialV4> parse_v4_credential(std::string_view text) {
  std::string_view parts[4];
  for (int i = 3; i >= 0; --i) {
    const auto slash = text.rfind('/');
    if (slash == text.npos) return std::nullopt;
    parts[i] = text.substr(slash + 1);
    text.remove_suffix(text.size() - slash);
  }
  if (text.size() < 3 || parts[0].size() != 8 || parts[2].empty() || parts[3] != kTerminator) {
    return std::nullopt;
  }
  return CredentialV4{std::string(text),
                      {std::string(parts[0]), std::string(parts[1]), std::string(parts[2])}};
}

Outcome<SignatureV4> parse_v4_header(std::string_view authorization) {
  const auto unreadable = [] { return s3_error("MissingFields"); };
  if (!authorization.starts_with(kAlgorithm)) return unreadable();
  authorization.remove_prefix(kAlgorithm.size());
  if (!authorization.starts_with(' ')) return unreadable();

  SignatureV4 claim;
  int seen = 0;  // a bit for each field: each is said once
  while (!authorization.empty()) {
    const std::string_view field = authorization.substr(0, authorization.find(','));
    authorization.remove_prefix(std::min(authorization.size(), field.size() + 1));
    const std::string_view text = trim(field);
    const auto equals = text.find('=');
    if (equals == text.npos) return unreadable();
    const std::string_view name = text.substr(0, equals);
    const std::string_view value = text.substr(equals + 1);
    int bit = 0;
    bool is_good = false;
    if (name == "Credential") {
      bit = 1;
      is_good = parse_credential(value, claim);
    } else if (name == "SignedHeaders") {
      bit = 2;
      is_good = (seen & bit) == 0 && parse_signed_headers(value, claim.signed_headers);
    } else if (name == "Signature") {
      bit = 4;
      is_good = parse_signature(value, claim);
    }
    if (!is_good || (seen & bit) != 0) return unreadable();
    seen |= bit;
  }
  if (seen != 7) return unreadable();
  return claim;
}

Outcome<SignatureV4> parse_v4_query(const SignedRequest& request) {
  for (const std::string_view name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires",
                                      "X-Amz-SignedHeaders", "X-Amz-Signature"}) {
    if (request.get(name).empty()) return s3_error("MissingFields");
  }
  if (!http::equal_ignoring_case(request.get("X-Amz-Algorithm"), kAlgorithm)) {
    return bad_query("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\".");
  }
  SignatureV4 claim;
  if (!parse_credential(request.get("X-Amz-Credential"), claim)) {
    return bad_query(
        "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "
        "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
  }
  auto expiry = parse_expiry(request.get("X-Amz-Expires"));
  if (!expiry) return expiry.error();
  claim.expiry = *expiry;
  if (!parse_signed_headers(request.get("X-Amz-SignedHeaders"), claim.signed_headers)) {
    return s3_error("MissingFields");
  }
  // One that cannot be a signature is none that matches.
  if (!parse_signature(request.get("X-Amz-Signature"), claim)) return s3_error("SignatureDoesNotMatch");
  return claim;
}

Outcome<VerifiedV4> verify_v4(const SignatureV4& claim, const SignedRequest& request,
                              std::string_view secret_access_key, Timestamp now, std::chrono::seconds skew,
                              http::AwsSigningKeys& signing_keys) {
  auto signed_at = signing_time(claim, request);
  if (!signed_at) return signed_at.error();

  const std::string hash = payload_hash(claim, request);
  http::AwsCanonical canonical{.method = request.request.method,
                               .path = request.path,
                               .query = {},
                               .signed_headers = {},
                               .payload_hash = hash};
  std::ranges::copy_if(request.query, std::back_inserter(canonical.query),
                       [](const auto& pair) { return pair.first != "X-Amz-Signature"; });
  canonical.signed_headers.reserve(claim.signed_headers.size());
  for (const std::string& name : claim.signed_headers) {
    canonical.signed_headers.emplace_back(name, signed_value(request.request.headers, name));
  }
  const auto key = signing_keys.get(secret_access_key, claim.scope);
  const std::string expected =
      http::aws_signature(key, signed_at->text, claim.scope, http::canonical_request(canonical));
  if (!equal_secrets(expected, claim.signature)) return s3_error("SignatureDoesNotMatch");
  if (has_unsigned_headers(claim, request.request.headers)) {
    return s3_error("AccessDenied", "There were headers present in the request which were not signed");
  }

  if (claim.expiry) {
    // Its beginning may lie ahead as far as clocks may differ; how long ago it was is the expiry's matter.
    if (Refusal refusal = check_expiry(signed_at->time + *claim.expiry, now)) return *std::move(refusal);
    if (signed_at->time > now + skew) return s3_error("AccessDenied", "Request is not valid yet");
  } else if (Refusal refusal = check_skew(signed_at->time, now, skew)) {
    return *std::move(refusal);
  }
  return VerifiedV4{{key, std::move(signed_at->text), claim.scope, claim.signature}, hash};
}

}  // namespace mere::s3
