// Times of the gateway's requests, by operation, for /metrics.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/metrics.h"

namespace mere::s3 {

// Any thread may call any method.
class RequestMetrics {
 public:
  explicit RequestMetrics(metrics::Metrics& metrics)
      : durations_(metrics.histogram("gateway_request_duration_seconds",
                                     "Time from the request's header to its response, of the S3 gateway.",
                                     {"operation", "code"})) {}

  // `operation` "": none was found, or the request was refused before.
  void ended(std::string_view operation, int status, std::chrono::nanoseconds took) {
    durations_.with({operation.empty() ? "none" : operation, std::to_string(status)})
        .observe(std::chrono::duration<double>(took).count());
  }

 private:
  metrics::Family<metrics::Histogram>& durations_;
};

}  // namespace mere::s3
