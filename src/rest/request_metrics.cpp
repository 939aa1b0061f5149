#include "rest/request_metrics.h"

#include <string>

namespace mere::rest {

RequestMetrics::RequestMetrics(metrics::Metrics& metrics)
    : concurrent_(metrics.gauge("lakefs_concurrent_requests", "Requests being answered.").get()),
      requests_(metrics.counter("api_requests_total", "Requests answered.", {"code", "method"})),
      durations_(metrics.histogram("api_request_duration_seconds",
                                   "Time from the request's header to its response.", {"operation", "code"})),
      kept_(api::all_operations().size()) {}

void RequestMetrics::ended(const api::OperationInfo* operation, std::string_view method, int status,
                           std::chrono::nanoseconds took) {
  concurrent_.subtract();
  if (operation == nullptr) {
    requests_.with({std::to_string(status), method}).add();
    return;
  }
  const Series series = find(*operation, method, status);
  series.requests->add();
  series.durations->observe(std::chrono::duration<double>(took).count());
}

RequestMetrics::Series RequestMetrics::find(const api::OperationInfo& operation, std::string_view method,
                                            int status) {
  const bool is_kept = status == 200 && method == operation.method;
  Kept& kept = kept_[static_cast<std::size_t>(operation.operation)];
  if (is_kept) {
    const Series series{kept.requests.load(std::memory_order_acquire),
                        kept.durations.load(std::memory_order_acquire)};
    if (series.requests != nullptr && series.durations != nullptr) return series;
  }
  const std::string code = std::to_string(status);
  const Series series{&requests_.with({code, method}), &durations_.with({operation.id, code})};
  if (is_kept) {
    kept.requests.store(series.requests, std::memory_order_release);
    kept.durations.store(series.durations, std::memory_order_release);
  }
  return series;
}

}  // namespace mere::rest
