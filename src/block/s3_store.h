// Objects in S3 and whatever speaks its protocol: "s3://bucket/key".
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "block/aws_credentials.h"
#include "block/remote_client.h"
#include "block/remote_writer.h"
#include "block/store.h"
#include "http/client.h"

namespace mere::block {

struct S3Options {
  std::string endpoint;  // "https://host:port"; "": AWS, in the bucket's region
  std::string region = "us-east-1";
  bool discover_bucket_region = true;  // else every bucket is taken to be in `region`
  // The bucket in the path instead of the host name. Always so where the endpoint's host is an address.
  bool force_path_style = false;
  AwsCredentialOptions credentials;
  std::string server_side_encryption;             // "AES256", "aws:kms"; "": the bucket's default
  std::string server_side_encryption_kms_key_id;  // "": the service's own key
  bool presign = true;
  bool presign_multipart = true;
  std::string presign_endpoint;  // where pre-signed URLs lead; "": the endpoint
  RemoteOptions requests;
  RemoteWriteLimits writes;
  std::uint64_t largest_copy_bytes = 5ull << 30;  // by one request; larger objects are copied in parts
  std::uint64_t copy_part_bytes = 512ull << 20;
  http::ClientOptions http{.max_connections = 1024, .idle_timeout = std::chrono::seconds(30)};
};

// Asks the service for nothing yet. Errors: `invalid_argument` (an endpoint that is no URL).
// `clock` and `random` are borrowed.
Result<std::unique_ptr<Store>> open_s3_store(const S3Options& options, const Clock& clock, Random& random);

}  // namespace mere::block
