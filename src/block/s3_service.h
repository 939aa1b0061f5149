// How requests to S3 are addressed and signed, and what its answers mean.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "block/aws_credentials.h"
#include "block/remote_client.h"
#include "block/s3_address.h"
#include "http/aws_signature.h"

namespace mere::block {

class S3Service final : public RemoteService {
 public:
  // `credentials` and `clock` outlive it. `discover`: regions are learnt from what the service answers.
  S3Service(S3Endpoint endpoint, std::string region, bool discover, AwsCredentialProvider& credentials,
            const Clock& clock);

  Status prepare(const RemoteRequest& request, RemoteMessage& message) override;
  RemoteFault fault_of(const RemoteRequest& request, const RemoteAnswer& answer) const override;
  // Some operations begin their answer with 200 and fail later.
  bool is_failure_in_success(const RemoteRequest& request, const RemoteAnswer& answer) const override;
  // Another region, expired credentials, a clock that is off.
  bool adapt(const RemoteRequest& request, const RemoteAnswer& answer, const RemoteFault& fault) override;

  // A signed URL at `endpoint`. `query` not encoded. Errors: those of the credentials.
  Result<std::string> presign(const S3Endpoint& endpoint, std::string_view method, const S3Address& address,
                              std::vector<std::pair<std::string, std::string>> query,
                              std::chrono::seconds expiry);

  const S3Endpoint& endpoint() const { return endpoint_; }
  // False until a request to the bucket was carried out, or told its region.
  bool knows_region(const std::string& bucket) const;
  void note_region(const std::string& bucket);  // it is the one that requests are signed for
  std::string region_of(const std::string& bucket) const;

 private:
  bool learn_region(const std::string& bucket, const RemoteAnswer& answer, const RemoteFault& fault);
  Timestamp now() const;

  const S3Endpoint endpoint_;
  const std::string region_;
  const bool discover_;
  AwsCredentialProvider& credentials_;
  const Clock& clock_;
  http::AwsSigningKeys signing_keys_;

  mutable std::mutex mutex_;                                 // guards what follows
  std::map<std::string, std::string, std::less<>> regions_;  // of buckets
  std::chrono::nanoseconds skew_{0};                         // the service's clock is ahead by so much
};

}  // namespace mere::block
