// "s3://bucket/key" and where that is asked for.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "block/store.h"

namespace mere::block {

struct S3Address {
  std::string bucket;
  std::string key;  // as it is; "" or ending in '/' for a folder
};

inline constexpr std::size_t kMaxS3KeyBytes = 1024;

// `invalid_argument` names what is wrong.
Result<S3Address> parse_s3_address(const Address& address);
// The same, of an object.
Result<S3Address> parse_s3_object(const Address& address);

// Where the service is: a bucket's requests go to `origin` with `path` before the key.
struct S3Endpoint {
  bool secure = true;
  std::string host;         // with its port if that is not the scheme's
  bool is_aws = false;      // the host depends on the region
  bool path_style = false;  // the bucket is in the path
};

struct S3Target {
  std::string origin;  // "https://bucket.s3.eu-west-1.amazonaws.com"
  std::string scheme;  // "https"
  std::string host;    // what the signature covers: without the scheme's own port
  std::string path;    // not encoded: "/bucket/key" or "/key"
};

// "": AWS. `invalid_argument`.
Result<S3Endpoint> parse_s3_endpoint(const std::string& url, bool force_path_style);
// `bucket` may be "" (the service itself).
S3Target s3_target(const S3Endpoint& endpoint, const std::string& region, const std::string& bucket,
                   std::string_view key);

}  // namespace mere::block
