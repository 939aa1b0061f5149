// The REST API's door: takes a request through route, validation, credentials and operation to a response
// (contract: behaviour, section 1, "Order of checks"), and what lies beside the API: health, metrics, logout.
#pragma once

#include "http/message.h"
#include "rest/context.h"
#include "rest/handlers.h"
#include "rest/request_metrics.h"

namespace mere::rest {

class Service final : public http::Handler {
 public:
  explicit Service(Context context);

  Task<http::Response> handle(http::Request request) override;

 private:
  Task<http::Response> answer_operation(http::Request& request, const api::RouteMatch& match);
  http::Response answer_beside_the_api(const http::Request& request);

  Context context_;
  Handlers handlers_;
  RequestMetrics metrics_;
};

}  // namespace mere::rest
