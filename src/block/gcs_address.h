// "gs://bucket/key"
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "block/store.h"

namespace mere::block {

struct GcsAddress {
  std::string bucket;
  std::string key;  // as it is; "" or ending in '/' for a folder
};

// Below this folder of a bucket are parts of uploads under way; no address may lie there.
inline constexpr std::string_view kGcsUploads = ".mere-uploads/";

// `invalid_argument` names what is wrong.
Result<GcsAddress> parse_gcs_address(const Address& address);
// The same, of an object.
Result<GcsAddress> parse_gcs_object(const Address& address);
std::string gcs_uri(const GcsAddress& address);

}  // namespace mere::block
