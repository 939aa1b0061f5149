// Signatures with an account's key: of requests (Shared Key,
// https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key) and of URLs (SAS,
// https://learn.microsoft.com/rest/api/storageservices/create-service-sas and …/create-account-sas).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "http/message.h"

namespace mere::block {

// What the requests and signatures of this driver are versed in.
inline constexpr std::string_view kAzureVersion = "2020-12-06";
// The last one in which the answer to a block always has its Content-MD5 (later ones: if the request has it);
// blocks have at most 100 MiB in it. A URL's version is that of the requests made with it.
inline constexpr std::string_view kAzureBlockUrlVersion = "2018-11-09";

struct AzureKey {
  std::string account;
  std::string key;  // raw
};

using AzureQuery = std::vector<std::pair<std::string, std::string>>;  // not encoded

// The value of the Authorization header. `path` as it is sent, encoded, with the account in front where the
// endpoint has it in its path. All headers are set; `content_length` is of the body, nullopt: none.
std::string azure_authorization(const AzureKey& key, std::string_view method, std::string_view path,
                                const AzureQuery& query, const http::Headers& headers,
                                std::optional<std::uint64_t> content_length);
// What that signs; for tests.
std::string azure_string_to_sign(std::string_view account, std::string_view method, std::string_view path,
                                 const AzureQuery& query, const http::Headers& headers,
                                 std::optional<std::uint64_t> content_length);

struct AzureSas {
  std::string permissions;  // in the order of the documentation: "r", "cw"
  Timestamp expires;
  bool https_only = true;
  std::string content_disposition;           // of the answer; "": the blob's own
  std::string_view version = kAzureVersion;  // or kAzureBlockUrlVersion
};

// A key that the service made for an identity
// (https://learn.microsoft.com/rest/api/storageservices/get-user-delegation-key), and what of it is signed.
struct AzureDelegationKey {
  std::string object_id;
  std::string tenant_id;
  std::string starts, ends;  // as the service wrote them
  Timestamp expires;         // `ends`
  std::string service;
  std::string version;
  std::string key;  // raw
};

// The query of a URL that gives access to one blob.
AzureQuery azure_blob_sas(const AzureKey& key, std::string_view container, std::string_view blob,
                          const AzureSas& sas);
// The same by such a key (https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas).
AzureQuery azure_blob_sas(const AzureDelegationKey& key, std::string_view account, std::string_view container,
                          std::string_view blob, const AzureSas& sas);
// The query that gives access to the account's blobs and containers.
AzureQuery azure_account_sas(const AzureKey& key, const AzureSas& sas);

// "a=b&c=d", encoded.
std::string encode_azure_query(const AzureQuery& query);
// "2026-11-26T12:00:00Z"
std::string azure_time(Timestamp time);

}  // namespace mere::block
