// Google Cloud Storage's operations, one function each: values in, values out. Objects are read by the XML
// API, which tells their metadata with their bytes; all else goes by the JSON API.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "block/gcs_address.h"
#include "block/remote_client.h"
#include "block/store.h"

namespace mere::block {

// Kept with objects.
inline constexpr std::string_view kGcsEtag = "mere_etag";      // of what multipart uploads made
inline constexpr std::string_view kGcsWriteId = "mere_write";  // by which a write knows its own object

struct GcsObject {
  std::string key;
  bool is_prefix = false;  // a folder, with a delimiter
  Properties properties;
  std::map<std::string, std::string> metadata;
  std::string generation;
};

struct GcsPut {
  bool must_be_absent = false;
  std::string md5{};  // raw; the service refuses other bytes
  std::map<std::string, std::string> metadata{};
};

struct GcsPage {
  std::vector<GcsObject> objects;  // in byte order of their keys
  std::string next;                // "": this is the last page
};

struct GcsEncryption {
  std::string customer_key;  // 32 raw bytes; "": none
  std::string kms_key_id;    // "": the bucket's
};

// Any thread. Errors are those of RemoteClient, and what is said.
class GcsApi {
 public:
  GcsApi(const RemoteClient& client, GcsEncryption encryption);

  Result<GcsObject> stat(const GcsAddress& object) const;  // not_found
  // already_exists
  Status insert(const GcsAddress& object, std::shared_ptr<const Payload> payload, const GcsPut& put) const;
  // Puts objects of the same bucket one after the other: 32 at most, with their generations.
  Status compose(const GcsAddress& object, std::span<const GcsObject> sources, const GcsPut& put) const;
  Status remove(const GcsAddress& object) const;  // missing: success
  Result<GcsObject> copy(const GcsAddress& from, const GcsAddress& to) const;
  // `start`: keys from it on. Not found: the bucket.
  Result<GcsPage> list(const std::string& bucket, const std::string& prefix, const std::string& start,
                       bool delimited, const std::string& page_token) const;

  // The GET of a whole object, without Range, and what its answer says of it.
  RemoteRequest get_request(const GcsAddress& object) const;
  static Properties properties_of(const http::Headers& headers);

  const RemoteClient& client() const { return client_; }

 private:
  Status put(const GcsAddress& object, RemoteRequest request, const GcsPut& put,
             const std::string& write_id) const;
  void add_key(http::Headers& headers) const;

  const RemoteClient& client_;
  const GcsEncryption encryption_;
};

inline constexpr std::size_t kMaxComposed = 32;

}  // namespace mere::block
