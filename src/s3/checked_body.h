// The bodies behind CheckedBody: as they are, and in S3's chunks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "http/message.h"
#include "s3/authentication.h"
#include "s3/outcome.h"
#include "s3/payload_checks.h"
#include "s3/signature_v4.h"

namespace mere::s3 {

// `source` null: an empty body, whose checks are made all the same.
std::unique_ptr<CheckedBody> make_plain_body(std::unique_ptr<http::BodyReader> source, PayloadChecks checks);

struct AwsChunkedOptions {
  std::optional<ChunkSigning> signing;             // every chunk and the trailer are signed
  std::optional<ChecksumAlgorithm> trailer;        // this checksum stands behind the last chunk
  std::optional<std::uint64_t> announced_payload;  // x-amz-decoded-content-length
};
std::unique_ptr<CheckedBody> make_aws_chunked_body(std::unique_ptr<http::BodyReader> source,
                                                   PayloadChecks checks, AwsChunkedOptions options);

}  // namespace mere::s3
