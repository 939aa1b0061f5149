// What a request says of its payload, compared with the bytes as they pass: SHA-256, MD5 and S3's checksums.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/content_checksum.h"
#include "base/hash.h"
#include "http/message.h"
#include "s3/authentication.h"
#include "s3/outcome.h"

namespace mere::s3 {

// Movable, not thread-safe.
class PayloadChecks {
 public:
  // Content-MD5 and, if `with_checksum`, the x-amz-checksum-… header. Errors: `InvalidDigest` and
  // `InvalidRequest` for values that cannot be right.
  static Outcome<PayloadChecks> of_headers(const http::Headers& headers, bool with_checksum);

  void expect_sha256(std::string hex);  // of the payload as signed
  // Computes this checksum; ignored if another is computed already.
  void compute(ChecksumAlgorithm algorithm);
  bool has_checksum() const { return checksum_.has_value(); }
  // What the checksum under way must be, learnt at the end.
  void expect_checksum(std::string raw) { expected_checksum_ = std::move(raw); }

  void update(std::span<const std::byte> bytes);
  // Once: `XAmzContentSHA256Mismatch`, `BadDigest`.
  Refusal finish();
  // After finish().
  const std::optional<CheckedBody::Checksum>& checksum() const { return result_; }

 private:
  std::optional<Digest> sha256_;
  std::string expected_sha256_;
  std::optional<Digest> md5_;
  std::string expected_md5_;
  std::optional<ContentChecksum> checksum_;
  std::optional<std::string> expected_checksum_;
  std::optional<CheckedBody::Checksum> result_;
};

// The algorithm whose header this is ("x-amz-checksum-crc32"), without case.
std::optional<ChecksumAlgorithm> algorithm_of_header(std::string_view name);

}  // namespace mere::s3
