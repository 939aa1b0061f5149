// AWS Signature Version 4 as a request carries it, in its header or its query
// (contract: S3 gateway, sections 4.1 and 4.2).
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/aws_signature.h"
#include "s3/signed_request.h"

namespace mere::s3 {

// "AK/20130524/us-east-1/s3/aws4_request"; the key's id is what stands before the last four parts.
struct CredentialV4 {
  std::string access_key_id;
  http::AwsScope scope;
};
std::optional<CredentialV4> parse_v4_credential(std::string_view text);

// What a request says of its own signature; nothing of it is verified.
struct SignatureV4 {
  std::string access_key_id;
  http::AwsScope scope;
  std::vector<std::string> signed_headers;  // lower case, sorted
  std::string signature;
  std::optional<std::chrono::seconds> expiry;  // in a query only
};
// `MissingFields` for what cannot be read.
Outcome<SignatureV4> parse_v4_header(std::string_view authorization);
Outcome<SignatureV4> parse_v4_query(const SignedRequest& request);

// What the chunks of a body continue.
struct ChunkSigning {
  std::array<std::byte, 32> key;
  std::string timestamp;
  http::AwsScope scope;
  std::string signature;  // the request's own
};
struct VerifiedV4 {
  ChunkSigning signing;
  std::string payload_hash;
};
// `SignatureDoesNotMatch`, or what is wrong with its time. The secret's comparison takes constant time.
Outcome<VerifiedV4> verify_v4(const SignatureV4& claim, const SignedRequest& request,
                              std::string_view secret_access_key, Timestamp now, std::chrono::seconds skew,
                              http::AwsSigningKeys& signing_keys);

}  // namespace mere::s3
