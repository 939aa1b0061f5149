// What every operation is handed: the lake, and one request on its way.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "auth/auth.h"
#include "http/client.h"
#include "http/message.h"
#include "lake/lake.h"
#include "s3/addressing.h"
#include "s3/authentication.h"
#include "s3/gateway.h"
#include "s3/listing_cache.h"

namespace mere::s3 {

// One request being answered: authenticated, and its repository found (of service requests and of
// CreateBucket: empty).
struct Call {
  const Parts& parts;      // outlives the call
  ListingCache& listings;  // outlives the call
  http::Request& request;  // outlives the call; its body is `body` below
  Target target;
  Query query;
  std::string request_id;  // X-Amz-Request-Id
  auth::Principal principal;
  std::unique_ptr<CheckedBody> body;           // null: none
  std::optional<std::uint64_t> payload_bytes;  // as announced
  version::Repository repository;
  std::string document;  // the whole body, of operations that take XML

  std::string_view header(std::string_view name) const { return request.headers.get(name); }
  lake::Lake& lake() const { return parts.lake; }
  version::RefExpr ref() const { return version::RefExpr(target.ref); }
};

}  // namespace mere::s3
