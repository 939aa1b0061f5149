// How requests to Google Cloud Storage are addressed and authorised, and what its answers mean.
#pragma once

#include <string>

#include "block/gcs_credentials.h"
#include "block/remote_client.h"

namespace mere::block {

// A request's `bucket` and `key` are not the service's own words here: `key` is the path, encoded.
class GcsService final : public RemoteService {
 public:
  // `origin`: "https://storage.googleapis.com". `tokens` outlives it.
  GcsService(std::string origin, AccessTokens& tokens) : origin_(std::move(origin)), tokens_(tokens) {}

  Status prepare(const RemoteRequest& request, RemoteMessage& message) override;
  RemoteFault fault_of(const RemoteRequest& request, const RemoteAnswer& answer) const override;
  // A token that is no longer good.
  bool adapt(const RemoteRequest& request, const RemoteAnswer& answer, const RemoteFault& fault) override;

  const std::string& origin() const { return origin_; }

 private:
  const std::string origin_;
  AccessTokens& tokens_;
};

}  // namespace mere::block
