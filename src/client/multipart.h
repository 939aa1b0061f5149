// A large file straight to the store, in parts that travel side by side, where the server gives out addresses
// for them (pre_sign_multipart_upload): its bytes do not pass through the server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "client/api.h"
#include "client/object_writer.h"
#include "client/uri.h"

namespace mere::client {

struct PartPlan {
  std::uint64_t worth_it = 64u << 20;  // files smaller than this go through the server
  std::uint64_t part_bytes =
      16u << 20;  // larger if there would be too many (S3 takes 10,000, of 5 MiB or more)
  std::size_t parallel = 4;
};

// Whether the server would take `size` bytes in parts. `if_absent` and `force` can only go through the
// server.
Result<bool> can_upload_in_parts(const Api& api, std::uint64_t size, const WriteOptions& options,
                                 const PartPlan& plan);

// The object appears when all parts are there; after an error nothing has, and the parts are given up.
// Errors: those of Object::upload, and the store's.
Result<api::ObjectStats> upload_in_parts(const Api& api, const Uri& object, const std::string& file,
                                         std::uint64_t size, const WriteOptions& options,
                                         const PartPlan& plan);

}  // namespace mere::client
