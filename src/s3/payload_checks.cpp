#include "s3/payload_checks.h"

#include "base/encoding.h"

namespace mere::s3 {
namespace {

constexpr std::size_t kMd5Size = 16;

}  // namespace

std::optional<ChecksumAlgorithm> algorithm_of_header(std::string_view name) {
  constexpr std::string_view kPrefix = "x-amz-checksum-";
  if (name.size() <= kPrefix.size() || !http::equal_ignoring_case(name.substr(0, kPrefix.size()), kPrefix)) {
    return std::nullopt;
  }
  return parse_checksum_algorithm(name.substr(kPrefix.size()));
}

Outcome<PayloadChecks> PayloadChecks::of_headers(const http::Headers& headers, bool with_checksum) {
  PayloadChecks checks;
  if (const std::string* value = headers.find("Content-MD5")) {
    auto raw = from_base64(*value);
    if (!raw || raw->size() != kMd5Size) {
      return s3_error("InvalidDigest", "The Content-MD5 you specified was invalid.");
    }
    checks.md5_ = Digest::md5();
    checks.expected_md5_ = *std::move(raw);
  }
  if (!with_checksum) return checks;

  for (const auto& [name, value] : headers) {
    const auto algorithm = algorithm_of_header(name);
    if (!algorithm) continue;
    if (checks.checksum_) {
      return s3_error("InvalidRequest",
                      "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
    }
    auto raw = from_base64(value);
    if (!raw || raw->size() != checksum_size_bytes(*algorithm)) {
      return s3_error("InvalidRequest",
                      "Value for " + std::string(checksum_header(*algorithm)) + " header is invalid.");
    }
    checks.compute(*algorithm);
    checks.expect_checksum(*std::move(raw));
  }
  return checks;
}

void PayloadChecks::expect_sha256(std::string hex) {
  sha256_ = Digest::sha256();
  expected_sha256_ = std::move(hex);
}

void PayloadChecks::compute(ChecksumAlgorithm algorithm) {
  if (!checksum_) checksum_.emplace(algorithm);
}

void PayloadChecks::update(std::span<const std::byte> bytes) {
  if (sha256_) sha256_->update(bytes);
  if (md5_) md5_->update(bytes);
  if (checksum_) checksum_->update(bytes);
}

Refusal PayloadChecks::finish() {
  if (sha256_ && !http::equal_ignoring_case(sha256_->finish_hex(), expected_sha256_)) {
    return s3_error("XAmzContentSHA256Mismatch");
  }
  if (md5_ && md5_->finish() != expected_md5_) {
    return s3_error("BadDigest", "The Content-MD5 you specified did not match what we received.");
  }
  if (!checksum_) return std::nullopt;
  CheckedBody::Checksum found{checksum_->algorithm(), checksum_->finish()};
  if (expected_checksum_ && found.raw != *expected_checksum_) {
    return s3_error("BadDigest", "The " + std::string(name_of(found.algorithm)) +
                                     " you specified did not match the calculated checksum.");
  }
  result_ = std::move(found);
  return std::nullopt;
}

}  // namespace mere::s3
