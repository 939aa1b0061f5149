// The web pages, from memory.
#pragma once

#include "http/message.h"

namespace mere::web {

// Answers GET and HEAD of any path with the page, whose script knows the paths; 405 for other methods.
class Pages final : public http::Handler {
 public:
  Task<http::Response> handle(http::Request request) override;
};

}  // namespace mere::web
