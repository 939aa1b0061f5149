#include "s3/signature_v2.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/time_format.h"
#include "http/aws_signature.h"

namespace mere::s3 {
namespace {

// The parameters that are part of the resource, as S3's documentation and the clients have them; sorted.
constexpr std::array kSubResources = std::to_array<std::string_view>({"accelerate",
                                                                      "acl",
                                                                      "analytics",
                                                                      "cors",
                                                                      "defaultObjectAcl",
                                                                      "delete",
                                                                      "inventory",
                                                                      "lifecycle",
                                                                      "location",
                                                                      "logging",
                                                                      "metrics",
                                                                      "notification",
                                                                      "object-lock",
                                                                      "partNumber",
                                                                      "policy",
                                                                      "replication",
                                                                      "requestPayment",
                                                                      "response-cache-control",
                                                                      "response-content-disposition",
                                                                      "response-content-encoding",
                                                                      "response-content-language",
                                                                      "response-content-type",
                                                                      "response-expires",
                                                                      "restore",
                                                                      "select",
                                                                      "select-type",
                                                                      "storageClass",
                                                                      "tagging",
                                                                      "torrent",
                                                                      "uploadId",
                                                                      "uploads",
                                                                      "versionId",
                                                                      "versioning",
                                                                      "versions",
                                                                      "website"});
static_assert(std::ranges::is_sorted(kSubResources));

S3Error unreadable() {
  return s3_error("MissingFields");
}

Outcome<SignatureV2> make_claim(SignatureV2::Form form, std::string_view access_key_id,
                                std::string_view signature) {
  auto raw = from_base64(signature);
  if (access_key_id.empty() || !raw || raw->empty()) return unreadable();
  return SignatureV2{form, std::string(access_key_id), *std::move(raw)};
}

std::string resource(const SignedRequest& request, std::string_view bucket_of_host, std::string_view path) {
  std::string out;
  if (!bucket_of_host.empty()) out += '/' + std::string(bucket_of_host);
  out += path;
  auto parts = request.query;
  std::erase_if(parts,
                [](const auto& pair) { return !std::ranges::binary_search(kSubResources, pair.first); });
  std::sort(parts.begin(), parts.end());
  char separator = '?';
  for (const auto& [name, value] : parts) {
    out += separator;
    out += name;
    if (!value.empty()) out += '=' + value;
    separator = '&';
  }
  return out;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return out;
}

// x-amz-… and what else is signed by name. A query signature may bring them as parameters.
using Signed = std::map<std::string, std::string, std::less<>>;
Signed signed_headers(const SignedRequest& request, bool with_query) {
  Signed out;
  const auto is_signed = [](std::string_view name) {
    return name.starts_with("x-amz-") || name == "content-md5" || name == "content-type" || name == "date";
  };
  for (const auto& [name, value] : request.request.headers) {
    std::string key = lower_case(name);
    if (!is_signed(key)) continue;
    auto [place, is_new] = out.try_emplace(std::move(key));
    if (!is_new) place->second += ',';
    place->second += http::canonical_value(value);
  }
  if (with_query) {
    for (const auto& [name, value] : request.query) {
      std::string key = lower_case(name);
      if (is_signed(key)) out.try_emplace(std::move(key), http::canonical_value(value));
    }
  }
  return out;
}

std::string string_to_sign(const SignedRequest& request, std::string_view bucket_of_host,
                           std::string_view path, bool with_query, std::string_view date) {
  const Signed headers = signed_headers(request, with_query);
  const auto value_of = [&](std::string_view name) {
    const auto found = headers.find(name);
    return found != headers.end() ? found->second : std::string();
  };
  std::string out = request.request.method + '\n' + value_of("content-md5") + '\n' +
                    value_of("content-type") + '\n' + std::string(date) + '\n';
  for (const auto& [name, value] : headers) {
    if (name.starts_with("x-amz-")) out += name + ':' + value + '\n';
  }
  return out + resource(request, bucket_of_host, path);
}

// A bucket without the '/' behind it: botocore signs it with one, others as it is.
bool is_bucket_alone(std::string_view path) {
  return path.size() > 1 && path.find('/', 1) == path.npos;
}

// Whether the signature is that of the request, by either way to write its resource: they name the same.
bool matches(const SignatureV2& claim, const SignedRequest& request, std::string_view bucket_of_host,
             std::string_view secret, bool with_query, std::string_view date) {
  const auto is_signed_as = [&](std::string_view path) {
    return equal_secrets(hmac_sha1(secret, string_to_sign(request, bucket_of_host, path, with_query, date)),
                         claim.signature);
  };
  const std::string& path = request.request.path;
  return is_signed_as(path) || (bucket_of_host.empty() && is_bucket_alone(path) && is_signed_as(path + '/'));
}

// S3 looks at the time first, and finds the future as wrong as the past.
Refusal check_date(std::string_view date, Timestamp now, std::chrono::seconds skew) {
  const auto time = parse_signing_date(date);
  if (!time || time->seconds < 0) {
    return s3_error("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header");
  }
  if (now > *time + skew || *time > now + skew) return s3_error("RequestTimeTooSkewed");
  return std::nullopt;
}

Refusal verify_header(const SignatureV2& claim, const SignedRequest& request, std::string_view bucket_of_host,
                      std::string_view secret, Timestamp now, std::chrono::seconds skew) {
  const http::Headers& headers = request.request.headers;
  const std::string* amazon_date = headers.find("x-amz-date");
  const std::string_view date = amazon_date != nullptr ? *amazon_date : headers.get("Date");
  if (Refusal refusal = check_date(date, now, skew)) return refusal;
  // With x-amz-date among the headers, the place of Date is empty.
  const std::string_view signed_date = amazon_date != nullptr ? std::string_view() : date;
  if (!matches(claim, request, bucket_of_host, secret, false, signed_date)) {
    return s3_error("SignatureDoesNotMatch");
  }
  return std::nullopt;
}

Refusal verify_query(const SignatureV2& claim, const SignedRequest& request, std::string_view bucket_of_host,
                     std::string_view secret, Timestamp now) {
  const std::string_view text = request.get("Expires");
  std::int64_t end = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), end);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return s3_error("AccessDenied", "Invalid date (should be seconds since epoch): " + std::string(text));
  }
  if (!matches(claim, request, bucket_of_host, secret, true, text)) return s3_error("SignatureDoesNotMatch");
  return check_expiry({end, 0}, now);
}

// Encoded as forms are, where a space is '+', or as URLs are.
std::string java_query(const SignedRequest& request, bool plus_is_space) {
  std::vector<std::pair<std::string, std::string>> encoded;
  const auto encode = [&](std::string_view text) {
    std::string out = percent_encode(text);
    for (auto at = out.find("%20"); plus_is_space && at != out.npos; at = out.find("%20", at)) {
      out.replace(at, 3, "+");
    }
    return out;
  };
  for (const auto& [name, value] : request.query) {
    if (name != "Signature") encoded.emplace_back(encode(name), encode(value));
  }
  std::sort(encoded.begin(), encoded.end());
  std::string out;
  for (const auto& [name, value] : encoded) {
    if (!out.empty()) out += '&';
    out += name + '=' + value;
  }
  return out;
}

Refusal verify_java(const SignatureV2& claim, const SignedRequest& request, std::string_view bucket_of_host,
                    std::string_view secret, Timestamp now, std::chrono::seconds skew) {
  const auto time = from_rfc3339(request.get("Timestamp"));
  if (!time) return s3_error("MalformedDate");
  std::string head = "POST\n" + std::string(request.request.headers.get("Host")) + '\n';
  if (!bucket_of_host.empty()) head += '/' + std::string(bucket_of_host);
  head += request.request.path + '\n';

  // Both encodings stand for the same parameters, so taking either takes nothing that was not signed.
  const bool matches =
      equal_secrets(hmac_sha256(secret, head + java_query(request, true)), claim.signature) ||
      equal_secrets(hmac_sha256(secret, head + java_query(request, false)), claim.signature);
  if (!matches) return s3_error("SignatureDoesNotMatch");
  return check_skew(*time, now, skew);
}

}  // namespace

Outcome<SignatureV2> parse_v2_header(std::string_view authorization) {
  constexpr std::string_view kScheme = "AWS ";
  if (!authorization.starts_with(kScheme)) return unreadable();
  authorization.remove_prefix(kScheme.size());
  const auto colon = authorization.rfind(':');
  if (colon == authorization.npos) return unreadable();
  return make_claim(SignatureV2::Form::header, authorization.substr(0, colon),
                    authorization.substr(colon + 1));
}

Outcome<SignatureV2> parse_v2_query(const SignedRequest& request) {
  const bool is_java = request.get("SignatureVersion") == "2" &&
                       request.get("SignatureMethod") == "HmacSHA256" && !request.get("Timestamp").empty();
  if (!is_java && request.get("Expires").empty()) return unreadable();
  return make_claim(is_java ? SignatureV2::Form::java_query : SignatureV2::Form::query,
                    request.get("AWSAccessKeyId"), request.get("Signature"));
}

Refusal verify_v2(const SignatureV2& claim, const SignedRequest& request, std::string_view bucket_of_host,
                  std::string_view secret_access_key, Timestamp now, std::chrono::seconds skew) {
  switch (claim.form) {
    case SignatureV2::Form::header:
      return verify_header(claim, request, bucket_of_host, secret_access_key, now, skew);
    case SignatureV2::Form::query:
      return verify_query(claim, request, bucket_of_host, secret_access_key, now);
    case SignatureV2::Form::java_query:
      return verify_java(claim, request, bucket_of_host, secret_access_key, now, skew);
  }
  return s3_error("InternalError");
}

}  // namespace mere::s3
