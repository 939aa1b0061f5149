// The one door: which surface answers a request.
#pragma once

#include "http/message.h"

namespace mere::serve {

class Front final : public http::Handler {
 public:
  // Both outlive the front.
  Front(http::Handler& rest, http::Handler& pages) : rest_(rest), pages_(pages) {}
  Task<http::Response> handle(http::Request request) override;

 private:
  http::Handler& rest_;   // /api/v1/…, and what lies beside it: health, metrics, the API's description
  http::Handler& pages_;  // every other path
};

}  // namespace mere::serve
