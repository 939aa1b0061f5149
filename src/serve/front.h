// The one door: which surface answers a request.
#pragma once

#include "http/message.h"
#include "s3/gateway.h"

namespace mere::serve {

class Front final : public http::Handler {
 public:
  // All outlive the front.
  Front(http::Handler& rest, http::Handler& links, s3::Gateway& s3, http::Handler& pages)
      : rest_(rest), links_(links), s3_(s3), pages_(pages) {}
  Task<http::Response> handle(http::Request request) override;

 private:
  http::Handler& rest_;   // /api/v1/…, and what lies beside it: health, metrics, the API's description
  http::Handler& links_;  // /_objects/…: links to objects, which need no credentials
  s3::Gateway& s3_;       // what an S3 client signed, on any path, and everything on an S3 domain
  http::Handler& pages_;  // every other path
};

}  // namespace mere::serve
