// AWS Signature Version 4, one implementation for signing requests and for checking them
// (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html).
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/message.h"

namespace mere::http {

struct AwsKeys {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // "": none
};

// What a signature is good for: "20261126/us-east-1/s3/aws4_request".
struct AwsScope {
  std::string date;  // YYYYMMDD
  std::string region;
  std::string service;

  std::string text() const;
  friend bool operator==(const AwsScope&, const AwsScope&) = default;
};

// The key that signs: four HMACs over the scope. The last ones are kept, so that a request costs one. Any
// thread.
class AwsSigningKeys {
 public:
  AwsSigningKeys();
  ~AwsSigningKeys();
  // 32 raw bytes.
  std::array<std::byte, 32> get(std::string_view secret_access_key, const AwsScope& scope);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

// What a signature covers, of a request that goes out or came in.
struct AwsCanonical {
  std::string_view method;
  std::string_view path;  // decoded; encoded again for the signature, '/' kept
  std::vector<std::pair<std::string, std::string>> query;  // decoded, any order
  std::vector<std::pair<std::string, std::string>>
      signed_headers;             // lower-case names, sorted, canonical values
  std::string_view payload_hash;  // hex SHA-256, kUnsignedPayload, or a STREAMING-… word
};
std::string canonical_request(const AwsCanonical& request);
// hex; `timestamp`: "20261126T120000Z".
std::string aws_signature(const std::array<std::byte, 32>& signing_key, std::string_view timestamp,
                          const AwsScope& scope, std::string_view canonical);
// hex; of a chunk of a STREAMING-AWS4-HMAC-SHA256-PAYLOAD body, and of its trailer ("name:value\n", once for
// each). `previous`: the chunk's before, at first the request's. `payload_sha256`: hex.
std::string aws_chunk_signature(const std::array<std::byte, 32>& signing_key, std::string_view timestamp,
                                const AwsScope& scope, std::string_view previous,
                                std::string_view payload_sha256);
std::string aws_trailer_signature(const std::array<std::byte, 32>& signing_key, std::string_view timestamp,
                                  const AwsScope& scope, std::string_view previous, std::string_view trailer);
// A header's value as it is signed: trimmed, inner runs of white space cut to one space.
std::string canonical_value(std::string_view value);

// Adds Authorization, X-Amz-Date, X-Amz-Content-Sha256 (and X-Amz-Security-Token) to a request that goes to
// `host` ("bucket.s3.amazonaws.com", with its port if that is not the scheme's). All headers present are
// signed. Nothing may change after it.
void sign_request(Request& request, std::string_view host, const AwsKeys& keys, std::string_view region,
                  std::string_view service, std::string_view payload_hash, Timestamp now,
                  AwsSigningKeys& signing_keys);
// The URL with a query signature that `method` may use until `expiry` (at most seven days). `path` decoded,
// `query` decoded; the Host header alone is signed, and the payload is not.
std::string presign_url(std::string_view method, std::string_view scheme, std::string_view host,
                        std::string_view path, std::vector<std::pair<std::string, std::string>> query,
                        const AwsKeys& keys, std::string_view region, std::string_view service,
                        std::chrono::seconds expiry, Timestamp now, AwsSigningKeys& signing_keys);

// "20261126T120000Z" and back.
std::string to_aws_time(Timestamp time);
std::optional<Timestamp> parse_aws_time(std::string_view text);

}  // namespace mere::http
