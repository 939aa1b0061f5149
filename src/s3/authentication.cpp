#include "s3/authentication.h"

#include <algorithm>

#include "auth/header_credentials.h"
#include "base/encoding.h"
#include "base/text.h"
#include "s3/addressing.h"
#include "s3/checked_body.h"
#include "s3/signature_v2.h"
#include "s3/signature_v4.h"

namespace mere::s3 {
namespace {

constexpr std::string_view kStreamingSigned = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
constexpr std::string_view kStreamingSignedTrailer = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
constexpr std::string_view kStreamingUnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
constexpr std::size_t kSha256Hex = 64;

// Who it is, and what of its signature the body goes on with.
struct Verified {
  auth::Principal principal;
  std::string payload_hash;  // x-amz-content-sha256, or its like
  std::optional<ChunkSigning> signing;
};

Outcome<auth::Credentials> find_key(const auth::Auth& auth, const std::string& access_key_id) {
  auto found = auth.credentials(access_key_id);
  if (found) return *std::move(found);
  return found.error().code == Code::not_found ? s3_error("AccessDenied") : s3_error(found.error());
}

bool carries_v4_query(const SignedRequest& request) {
  return request.parameter("X-Amz-Credential") != nullptr ||
         request.parameter("X-Amz-Algorithm") != nullptr || request.parameter("X-Amz-Signature") != nullptr;
}

bool is_hex_sha256(std::string_view text) {
  return text.size() == kSha256Hex && from_hex(text).has_value();
}

// The checksum headers of CompleteMultipartUpload speak of the object, not of the list that is its body.
bool has_checksum_of_body(const SignedRequest& request) {
  return request.request.method != "POST" || request.parameter("uploadId") == nullptr;
}

Outcome<std::optional<std::uint64_t>> decoded_length(const http::Headers& headers) {
  const std::string* text = headers.find("x-amz-decoded-content-length");
  if (text == nullptr) return std::optional<std::uint64_t>();
  const auto value = parse_integer<std::uint64_t>(*text);
  if (!value) return s3_error("InvalidArgument", "x-amz-decoded-content-length must be a number of bytes");
  return value;
}

// The checksum that comes in the trailer.
Outcome<ChecksumAlgorithm> announced_trailer(const http::Headers& headers) {
  const auto algorithm = algorithm_of_header(http::canonical_value(headers.get("x-amz-trailer")));
  if (!algorithm) {
    return s3_error("AccessDenied", "The value specified in the x-amz-trailer header is not supported");
  }
  return *algorithm;
}

Outcome<AwsChunkedOptions> chunked_options(const SignedRequest& request, Verified& verified) {
  const http::Headers& headers = request.request.headers;
  AwsChunkedOptions options;
  if (verified.payload_hash != kStreamingUnsignedTrailer) {
    // Only a SigV4 signature has what chunks are signed with.
    if (!verified.signing) return s3_error("AccessDenied");
    options.signing = std::move(verified.signing);
  }
  if (verified.payload_hash != kStreamingSigned) {
    auto trailer = announced_trailer(headers);
    if (!trailer) return trailer.error();
    options.trailer = *trailer;
  }
  auto length = decoded_length(headers);
  if (!length) return length.error();
  options.announced_payload = *length;
  return options;
}

// Puts the checks that the request asks for around its body.
Outcome<Authenticated> with_body(http::Request& request, const SignedRequest& decoded, Verified verified) {
  Authenticated out{std::move(verified.principal), nullptr, request.content_length};
  const bool has_body = request.body != nullptr || request.method == "PUT" || request.method == "POST";
  const std::string& hash = verified.payload_hash;
  const bool is_streaming =
      hash == kStreamingSigned || hash == kStreamingSignedTrailer || hash == kStreamingUnsignedTrailer;
  const bool is_known = hash.empty() || hash == http::kUnsignedPayload || is_streaming || is_hex_sha256(hash);
  if (!is_known) return s3_error("AccessDenied");
  if (!has_body) return out;

  auto checks = PayloadChecks::of_headers(request.headers, has_checksum_of_body(decoded));
  if (!checks) return checks.error();
  if (!is_streaming) {
    if (is_hex_sha256(hash)) checks->expect_sha256(hash);
    if (!request.body && !request.content_length) out.payload_bytes = 0;
    out.body = make_plain_body(std::move(request.body), *std::move(checks));
    return out;
  }
  auto options = chunked_options(decoded, verified);
  if (!options) return options.error();
  if (options->trailer && checks->has_checksum()) {
    return s3_error("InvalidRequest", "Expecting a checksum in a header or in the trailer, not in both.");
  }
  out.payload_bytes = options->announced_payload;
  auto source = request.body ? std::move(request.body) : http::make_string_body("");
  out.body = make_aws_chunked_body(std::move(source), *std::move(checks), *std::move(options));
  return out;
}

struct Checker {
  const auth::Auth& auth;
  const Clock& clock;
  const AuthenticationSettings& settings;
  http::AwsSigningKeys& signing_keys;
  const SignedRequest& request;
  std::string_view bucket_of_host;

  Outcome<Verified> check_v4(Outcome<SignatureV4> claim) const {
    if (!claim) return claim.error();
    auto key = find_key(auth, claim->access_key_id);
    if (!key) return key.error();
    auto verified =
        verify_v4(*claim, request, key->secret_access_key, clock.now(), settings.clock_skew, signing_keys);
    if (!verified) return verified.error();
    return Verified{
        {key->user_id, key->access_key_id}, std::move(verified->payload_hash), std::move(verified->signing)};
  }

  Outcome<Verified> check_v2(Outcome<SignatureV2> claim) const {
    if (!claim) return claim.error();
    auto key = find_key(auth, claim->access_key_id);
    if (!key) return key.error();
    if (Refusal refusal = verify_v2(*claim, request, bucket_of_host, key->secret_access_key, clock.now(),
                                    settings.clock_skew)) {
      return *std::move(refusal);
    }
    return Verified{{key->user_id, key->access_key_id}, content_hash(), {}};
  }

  Outcome<Verified> check_rest_credentials() const {
    const http::Headers& headers = request.request.headers;
    auto principal =
        auth::check_header_credentials(headers.get("Authorization"), headers.get("Cookie"), auth);
    if (!principal) {
      if (principal.error().code != Code::unauthenticated) return s3_error(principal.error());
      S3Error refused = s3_error("AccessDenied", principal.error().message);
      refused.status = 401;
      return refused;
    }
    // Nobody is known by no name: S3's answer, where lakeFS has MissingFields.
    if (!*principal) return s3_error(headers.contains("Authorization") ? "MissingFields" : "AccessDenied");
    return Verified{**principal, content_hash(), {}};
  }

  std::string content_hash() const {
    return std::string(request.request.headers.get("x-amz-content-sha256"));
  }

  Outcome<Verified> check() const {
    const std::string_view authorization = request.request.headers.get("Authorization");
    if (authorization.starts_with("AWS4")) return check_v4(parse_v4_header(authorization));
    if (authorization.empty() && carries_v4_query(request)) return check_v4(parse_v4_query(request));
    if (authorization.starts_with("AWS ")) return check_v2(parse_v2_header(authorization));
    if (authorization.empty() && request.parameter("AWSAccessKeyId") != nullptr) {
      return check_v2(parse_v2_query(request));
    }
    const bool is_s3_domain = match_host(request.request.headers.get("Host"), settings.domain_names).is_ours;
    return is_s3_domain ? check_rest_credentials() : s3_error("MissingFields");
  }
};

}  // namespace

bool is_s3_request(const http::Request& request, const std::vector<std::string>& domain_names) {
  const http::Headers& headers = request.headers;
  const std::string_view authorization = headers.get("Authorization");
  if (authorization.starts_with("AWS4") || authorization.starts_with("AWS ")) return true;
  if (!headers.get("X-Amz-Signature").empty()) return true;
  if (match_host(headers.get("Host"), domain_names).is_ours) return true;
  const bool may_carry = request.query.find("AWSAccessKeyId") != std::string::npos ||
                         request.query.find("X-Amz-Credential") != std::string::npos;
  if (!may_carry) return false;
  const auto query = http::parse_query(request.query);
  return query && std::any_of(query->begin(), query->end(), [](const auto& pair) {
           return !pair.second.empty() &&
                  (pair.first == "AWSAccessKeyId" || pair.first == "X-Amz-Credential");
         });
}

Authentication::Authentication(const auth::Auth& auth, const Clock& clock, AuthenticationSettings settings)
    : auth_(auth), clock_(clock), settings_(std::move(settings)) {}

std::variant<Authenticated, S3Error> Authentication::check(http::Request& request,
                                                           std::string_view bucket_of_host) const {
  const auto decoded = decode_request(request);
  if (!decoded) return decoded.error();
  const Checker checker{auth_, clock_, settings_, signing_keys_, *decoded, bucket_of_host};
  auto verified = checker.check();
  if (!verified) return verified.error();
  auto authenticated = with_body(request, *decoded, *std::move(verified));
  if (!authenticated) return authenticated.error();
  return *std::move(authenticated);
}

}  // namespace mere::s3
