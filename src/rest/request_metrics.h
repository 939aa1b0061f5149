// Counts and times of requests, by operation, for /metrics.
#pragma once

#include <atomic>
#include <chrono>
#include <string_view>
#include <vector>

#include "api/routes.h"
#include "base/metrics.h"

namespace mere::rest {

// Any thread may call any method.
class RequestMetrics {
 public:
  explicit RequestMetrics(metrics::Metrics& metrics);

  void began() { concurrent_.add(); }
  // `operation` null: no route matched.
  void ended(const api::OperationInfo* operation, std::string_view method, int status,
             std::chrono::nanoseconds took);

 private:
  struct Series {
    metrics::Counter* requests = nullptr;
    metrics::Histogram* durations = nullptr;
  };
  Series find(const api::OperationInfo& operation, std::string_view method, int status);

  // Of an operation that answers 200, once it did.
  struct Kept {
    std::atomic<metrics::Counter*> requests = nullptr;
    std::atomic<metrics::Histogram*> durations = nullptr;
  };

  metrics::Gauge& concurrent_;
  metrics::Family<metrics::Counter>& requests_;
  metrics::Family<metrics::Histogram>& durations_;
  std::vector<Kept> kept_;  // by Operation
};

}  // namespace mere::rest
