// Amazon S3's protocol over a lake: a bucket is a repository, a key is "ref/path".
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "auth/auth.h"
#include "base/executor.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "http/client.h"
#include "http/message.h"
#include "lake/lake.h"

namespace mere::s3 {

struct Settings {
  std::vector<std::string> domain_names{
      "s3.local.lakefs.io"};  // lower case; "repo.<domain>" is virtual-host style
  std::string region = "us-east-1";
  std::string fallback_url;        // unknown repositories are proxied there; "": they are an error
  bool verify_unsupported = true;  // sub-resources that mean nothing here answer 405
  // CreateBucket makes a repository below this storage namespace ("local://"); "": it answers 501.
  std::string create_bucket_namespace_prefix;
  // Reads of metadata answer from this machine's memory or disk: run them where they arrive instead of
  // on a worker (a crossing costs as much as the read).
  bool inline_reads = true;
  log::Level audit_level = log::Level::debug;  // of the line that ends each request
};

// Everything outlives the gateway.
struct Parts {
  lake::Lake& lake;
  auth::Auth& auth;
  WorkQueue& workers;
  Random& request_ids;  // they need not be secret, but cheap
  metrics::Metrics& metrics;
  http::Client* fallback;  // sends to settings.fallback_url; null: none
  Settings settings;
};

class Gateway final : public http::Handler {
 public:
  explicit Gateway(Parts parts);
  ~Gateway() override;
  // Whether a request is for this handler (contract: S3 gateway, section 1).
  bool claims(const http::Request& request) const;
  Task<http::Response> handle(http::Request request) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mere::s3
