// "https://account.blob.core.windows.net/container/key", as lakeFS writes addresses in Azure Blob Storage,
// and where that is asked for.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "block/store.h"

namespace mere::block {

struct AzureAddress {
  std::string base;  // what the URI begins with, up to the container's slash: "https://account.…/"
  std::string container;
  std::string blob;  // as it is; "" or ending in '/' for a folder
};

// Where an account's blobs are.
struct AzureEndpoint {
  std::string account;
  std::string host;    // of addresses: "account.blob.core.windows.net"
  std::string origin;  // of requests: "https://account.blob.core.windows.net", or an emulator's
  std::string path;    // in front of the container: "" or, in emulators, "/account"
  bool secure = true;
};

// `domain`: "blob.core.windows.net". `emulator`: "http://127.0.0.1:10000/account"; "": the real service.
Result<AzureEndpoint> parse_azure_endpoint(const std::string& account, const std::string& domain,
                                           const std::string& emulator);

// `invalid_argument` names what is wrong: another account, no container, names that Azure does not allow.
Result<AzureAddress> parse_azure_address(const AzureEndpoint& endpoint, const Address& address);
// The same, of an object.
Result<AzureAddress> parse_azure_object(const AzureEndpoint& endpoint, const Address& address);

// Below this folder of a container are the driver's own records of uploads; no address may lie there.
inline constexpr std::string_view kAzureUploads = ".mere-uploads/";

}  // namespace mere::block
