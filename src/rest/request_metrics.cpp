#include "rest/request_metrics.h"

#include <string>

namespace mere::rest {

RequestMetrics::RequestMetrics(metrics::Metrics& metrics)
    : concurrent_(metrics.gauge("lakefs_concurrent_requests", "Requests being answered.").get()),
      requests_(metrics.counter("api_requests_total", "Requests answered.", {"code", "method"})),
      durations_(metrics.histogram("api_request_duration_seconds",
                                   "Time from the request's header to its response.",
                                   {"operation", "code"})) {}

void RequestMetrics::ended(const api::OperationInfo* operation, std::string_view method, int status,
                           std::chrono::nanoseconds took) {
  concurrent_.subtract();
  const std::string code = std::to_string(status);
  requests_.with({code, method}).add();
  if (operation != nullptr) {
    durations_.with({operation->id, code}).observe(std::chrono::duration<double>(took).count());
  }
}

}  // namespace mere::rest
