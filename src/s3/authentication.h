// Who signed a request, and its body as it was signed: SigV4 in header and query, SigV2, chunked uploads
// (contract: S3 gateway, sections 4 and 5).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "auth/auth.h"
#include "base/clock.h"
#include "base/content_checksum.h"
#include "http/aws_signature.h"
#include "http/message.h"
#include "s3/error.h"

namespace mere::s3 {

// A body that is checked while it is read: its SHA-256, chunk signatures, Content-MD5, x-amz-checksum-… in
// headers and trailers. It gives the payload, without chunk framing. The last read answers 0 only when
// everything was right.
class CheckedBody : public http::BodyReader {
 public:
  // Why a read failed; null if the peer or the network is to blame, or nothing has failed.
  virtual const S3Error* failure() const = 0;
  // Valid at the end: the checksum that the client sent (and that was right), or that was computed because it
  // was asked for with `compute`.
  struct Checksum {
    ChecksumAlgorithm algorithm;
    std::string raw;
  };
  virtual const std::optional<Checksum>& checksum() const = 0;
  // Computes this one as well if the client sends none. Before the first read.
  virtual void compute(ChecksumAlgorithm algorithm) = 0;
};

struct Authenticated {
  auth::Principal principal;
  // The request's body with its checks; null if it has none, but of PUT and POST it is then an empty one, so
  // that what was said of it is checked. Replaces request.body, which it takes.
  std::unique_ptr<CheckedBody> body;
  // Of the payload, as announced (x-amz-decoded-content-length, else Content-Length).
  std::optional<std::uint64_t> payload_bytes;
};

struct AuthenticationSettings {
  std::vector<std::string> domain_names;  // lower case: where the REST credentials are good too
  std::chrono::minutes clock_skew{15};
};

// True if the request is the gateway's: by its host, or because it carries S3 authentication (section 1).
bool is_s3_request(const http::Request& request, const std::vector<std::string>& domain_names);

// Any thread.
class Authentication {
 public:
  // Both outlive it.
  Authentication(const auth::Auth& auth, const Clock& clock, AuthenticationSettings settings);
  // Nothing of a request is acted on before this has answered a principal. Takes request.body.
  // `bucket_of_host`: the repository that the host names ("" in path style), which SigV2 signs.
  std::variant<Authenticated, S3Error> check(http::Request& request, std::string_view bucket_of_host) const;

 private:
  const auth::Auth& auth_;
  const Clock& clock_;
  AuthenticationSettings settings_;
  mutable http::AwsSigningKeys signing_keys_;
};

}  // namespace mere::s3
