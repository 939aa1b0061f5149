// How requests to Azure Blob Storage are addressed and signed, and what its answers mean.
#pragma once

#include <memory>
#include <string>

#include "block/access_tokens.h"
#include "block/azure_address.h"
#include "block/azure_signature.h"
#include "block/remote_client.h"

namespace mere::block {

// Who asks: by the first of these that is there.
struct AzureIdentity {
  AzureKey key;                          // the account's; `account` is always there
  std::string sas;                       // appended to every request: "sv=…&sig=…", as the portal gives it
  std::unique_ptr<AccessTokens> tokens;  // of an identity
};

class AzureService final : public RemoteService {
 public:
  // `clock` outlives it.
  AzureService(AzureEndpoint endpoint, AzureIdentity identity, const Clock& clock);

  Status prepare(const RemoteRequest& request, RemoteMessage& message) override;
  RemoteFault fault_of(const RemoteRequest& request, const RemoteAnswer& answer) const override;
  bool adapt(const RemoteRequest& request, const RemoteAnswer& answer, const RemoteFault& fault) override;

  const AzureEndpoint& endpoint() const { return endpoint_; }
  const AzureIdentity& identity() const { return identity_; }
  // "https://account.…/container/blob", encoded, without a query.
  std::string url_of(std::string_view container, std::string_view blob) const;

 private:
  std::string path_of(std::string_view container, std::string_view blob) const;

  const AzureEndpoint endpoint_;
  const AzureIdentity identity_;
  const Clock& clock_;
};

}  // namespace mere::block
