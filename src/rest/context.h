// What every operation is handed: the lake, who asks, and the request itself.
#pragma once

#include <chrono>
#include <string>

#include "auth/auth.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "http/message.h"
#include "lake/lake.h"

namespace mere::rest {

struct Settings {
  std::string version = "1.88.0";  // what clients' checks compare
  std::string mere_version;
  std::string logout_redirect_url = "/auth/login";
  std::size_t max_json_body_bytes = 10u << 20;
  // Reads of metadata answer from this machine's memory or disk: run them where they arrive instead of
  // on a worker (a crossing costs as much as the read).
  bool inline_reads = true;
  std::string
      external_url;  // "https://lake.example.org": where links to this server begin; "": as it was asked
  log::Level audit_level = log::Level::debug;  // of the line that ends each request
};

// Shared by all requests. Everything outlives the service.
struct Context {
  lake::Lake& lake;
  auth::Auth& auth;
  WorkQueue& workers;
  Random& request_ids;  // and other ids that are only shown: they need not be secret, but cheap
  metrics::Metrics& metrics;
  Settings settings;
};

// One request being answered.
struct Call {
  const http::Request& request;
  auth::Principal principal;  // empty user_id: operations that need no credentials
};

}  // namespace mere::rest
