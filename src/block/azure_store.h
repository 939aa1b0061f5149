// Objects in Azure Blob Storage: "https://account.blob.core.windows.net/container/name", as block blobs.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "block/azure_credentials.h"
#include "block/remote_client.h"
#include "block/remote_writer.h"
#include "block/store.h"
#include "http/client.h"

namespace mere::block {

struct AzureOptions {
  std::string account;
  std::string access_key;         // base64, as the portal shows it
  std::string sas;                // instead of the key: "sv=…&sig=…"; then there are no pre-signed URLs
  AzureIdentityOptions identity;  // without either
  std::string domain = "blob.core.windows.net";
  std::string endpoint;  // of an emulator, "http://127.0.0.1:10000/account"; "": the real service
  bool presign = true;
  bool presign_multipart = true;
  RemoteOptions requests;
  RemoteWriteLimits writes;
  http::ClientOptions http{.max_connections = 1024, .idle_timeout = std::chrono::seconds(30)};
};

// Asks the service for nothing yet. Errors: `invalid_argument` (no account, a key that is no base64, an
// endpoint that is no URL). `clock` and `random` are borrowed.
Result<std::unique_ptr<Store>> open_azure_store(const AzureOptions& options, const Clock& clock,
                                                Random& random);

}  // namespace mere::block
