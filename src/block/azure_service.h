// How requests to Azure Blob Storage are addressed and signed, and what its answers mean.
#pragma once

#include <string>

#include "block/azure_address.h"
#include "block/azure_signature.h"
#include "block/remote_client.h"

namespace mere::block {

class AzureService final : public RemoteService {
 public:
  // `key`: empty: `sas` is appended to every request instead ("sv=…&sig=…", as the portal gives it).
  // `clock` outlives it.
  AzureService(AzureEndpoint endpoint, AzureKey key, std::string sas, const Clock& clock);

  Status prepare(const RemoteRequest& request, RemoteMessage& message) override;
  RemoteFault fault_of(const RemoteRequest& request, const RemoteAnswer& answer) const override;

  const AzureEndpoint& endpoint() const { return endpoint_; }
  const AzureKey& key() const { return key_; }
  // "https://account.…/container/blob", encoded, without a query.
  std::string url_of(std::string_view container, std::string_view blob) const;

 private:
  std::string path_of(std::string_view container, std::string_view blob) const;

  const AzureEndpoint endpoint_;
  const AzureKey key_;
  const std::string sas_;
  const Clock& clock_;
};

}  // namespace mere::block
