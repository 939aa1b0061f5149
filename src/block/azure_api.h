// Azure Blob Storage's operations, one function each: values in, values out.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "block/azure_address.h"
#include "block/azure_signature.h"
#include "block/remote_client.h"
#include "block/store.h"

namespace mere::block {

// Kept with blobs: names as Azure wants them, those of C# identifiers.
inline constexpr std::string_view kAzureEtag = "mere_etag";      // of what multipart uploads made
inline constexpr std::string_view kAzureWriteId = "mere_write";  // by which a write knows its own blob

struct AzureHead {
  Properties properties;
  std::map<std::string, std::string> metadata;
  std::string version;      // the service's ETag, as it sends it
  std::string copy_status;  // "": it is no copy
};

struct AzurePut {
  bool must_be_absent = false;
  std::string md5{};  // raw, of the whole blob: kept as its Content-MD5, and checked where the service can
  std::map<std::string, std::string> metadata{};
};

struct AzureBlob {
  std::string name;
  bool is_prefix = false;  // a folder, with a delimiter
  AzureHead head;          // without copy_status
};

struct AzureBlock {
  std::string id;  // as put_block got it; of others' blocks, any bytes
  std::uint64_t size_bytes = 0;
};

struct AzurePage {
  std::vector<AzureBlob> blobs;  // in byte order of their names
  std::string next;              // "": this is the last page
};

// Any thread. Errors are those of RemoteClient, and what is said.
class AzureApi {
 public:
  explicit AzureApi(const RemoteClient& client) : client_(client) {}

  Result<AzureHead> head(const AzureAddress& blob) const;  // not_found
  // already_exists
  Status put_blob(const AzureAddress& blob, std::shared_ptr<const Payload> payload,
                  const AzurePut& put) const;
  Status put_block(const AzureAddress& blob, const std::string& block_id,
                   std::shared_ptr<const Payload> payload) const;
  // `ids`: as put_block got them. Errors: already_exists, conflict (a block is not there any more).
  Status put_block_list(const AzureAddress& blob, std::span<const std::string> ids,
                        const AzurePut& put) const;
  // What put_block sent and no put_block_list took yet, in no order; none if there is no blob.
  Result<std::vector<AzureBlock>> uncommitted_blocks(const AzureAddress& blob) const;
  Status remove(const AzureAddress& blob) const;  // missing: success
  // `source_url`: with what it takes to read it, if the service does not know. It may still be copying then.
  Result<AzureHead> copy(const std::string& source_url, const AzureAddress& from,
                         const AzureAddress& to) const;
  // Not found: the container.
  Result<AzurePage> list(const std::string& container, const std::string& prefix, bool delimited,
                         const std::string& marker) const;

  // For URLs in the name of who asks, who must do so by a token.
  Result<AzureDelegationKey> delegation_key(Timestamp from, Timestamp until) const;

  // The GET of a whole blob, without Range.
  static RemoteRequest get_request(const AzureAddress& blob);
  static AzureHead head_of(const http::Headers& headers);

  const RemoteClient& client() const { return client_; }

 private:
  Status put(const AzureAddress& blob, RemoteRequest request, const AzurePut& put) const;

  const RemoteClient& client_;
};

std::string azure_uri(const AzureAddress& address);

}  // namespace mere::block
