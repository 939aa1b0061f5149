// Authorization headers and signed queries from outside: what is read has its form, and is read again as the
// same when it is printed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/encoding.h"
#include "s3/signature_v2.h"
#include "s3/signature_v4.h"

namespace {

using namespace mere;
using namespace mere::s3;

std::string credential(const SignatureV4& claim) {
  return claim.access_key_id + '/' + claim.scope.text();
}

std::string names(const SignatureV4& claim) {
  std::string out;
  for (const std::string& name : claim.signed_headers) out += (out.empty() ? "" : ";") + name;
  return out;
}

void check_form(const SignatureV4& claim) {
  MERE_CHECK(claim.access_key_id.size() >= 3 && claim.scope.date.size() == 8 && claim.signature.size() == 64);
  MERE_CHECK(!claim.signed_headers.empty() && std::ranges::is_sorted(claim.signed_headers));
}

void check_equal(const SignatureV4& a, const Outcome<SignatureV4>& b) {
  MERE_CHECK(static_cast<bool>(b));
  MERE_CHECK(credential(a) == credential(*b) && a.signature == b->signature);
  MERE_CHECK(a.signed_headers == b->signed_headers && a.expiry == b->expiry);
}

void read_header(std::string_view text) {
  if (const auto claim = parse_v4_header(text)) {
    check_form(*claim);
    check_equal(*claim,
                parse_v4_header("AWS4-HMAC-SHA256 Credential=" + credential(*claim) +
                                ", SignedHeaders=" + names(*claim) + ", Signature=" + claim->signature));
  }
  if (const auto claim = parse_v2_header(text)) {
    MERE_CHECK(!claim->access_key_id.empty() && !claim->signature.empty());
    const auto again = parse_v2_header("AWS " + claim->access_key_id + ':' + to_base64(claim->signature));
    MERE_CHECK(again && again->access_key_id == claim->access_key_id && again->signature == claim->signature);
  }
}

// Everything that is made of a request before its signature is found not to match.
void read_query(std::string_view text) {
  http::Request request;
  request.method = "GET";
  request.path = "/lake/main/a";
  request.query = text;
  const auto decoded = decode_request(request);
  if (!decoded) return;
  const Timestamp now{1'369'353'600, 0};
  if (const auto claim = parse_v4_query(*decoded)) {
    check_form(*claim);
    MERE_CHECK(claim->expiry && claim->expiry->count() >= 0 && claim->expiry->count() <= 604'800);
    http::AwsSigningKeys keys;
    MERE_CHECK(!verify_v4(*claim, *decoded, "secret", now, std::chrono::minutes(15), keys));
  }
  if (const auto claim = parse_v2_query(*decoded)) {
    MERE_CHECK(verify_v2(*claim, *decoded, "bucket", "secret", now, std::chrono::minutes(15)).has_value());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_header(text);
  read_query(text);
  return 0;
}
