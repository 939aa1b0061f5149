// Who we are for Azure without an account's key: an identity of Entra, by its access tokens.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "block/access_tokens.h"
#include "block/azure_api.h"
#include "block/azure_signature.h"
#include "http/client.h"

namespace mere::block {

struct AzureIdentityOptions {
  std::string authority = "https://login.microsoftonline.com";  // AZURE_AUTHORITY_HOST goes before it
  std::string metadata_origin = "http://169.254.169.254";       // of a virtual machine
  std::function<std::string(const char* name)> environment;     // null: this process's
};

// The identity that the environment names, by the variables of Azure's own tools, the first that is there:
//   AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET         a service principal
//   AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE  a workload of Kubernetes; the file is read
//                                                                 for each token, since it is rotated
//   IDENTITY_ENDPOINT, IDENTITY_HEADER                            that of an App Service or a function
//   none of them                                                  that of the virtual machine
// With the last two, AZURE_CLIENT_ID chooses among several. Asks nobody yet. Errors: invalid_argument (an
// endpoint that is no URL). All but `options` is borrowed by what is answered.
Result<std::unique_ptr<AccessTokens>> make_azure_tokens(const AzureIdentityOptions& options,
                                                        http::Client& http, const RemoteOptions& requests,
                                                        const Clock& clock, Random& random);

// Keys that sign URLs in the name of such an identity: asked of the service, kept while they last. Any
// thread.
class AzureDelegation {
 public:
  AzureDelegation(const AzureApi& api, const Clock& clock) : api_(api), clock_(clock) {}

  // One that lasts until `until` at least, which is at most seven days ahead.
  Result<AzureDelegationKey> key_until(Timestamp until);

 private:
  const AzureApi& api_;
  const Clock& clock_;
  std::mutex mutex_;  // also held while a key is asked for
  AzureDelegationKey key_;
};

}  // namespace mere::block
