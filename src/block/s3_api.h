// S3's operations, one function each: values in, values out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/xml.h"
#include "block/remote_client.h"
#include "block/remote_writer.h"
#include "block/s3_address.h"
#include "block/store.h"

namespace mere::block {

struct S3Encryption {
  std::string algorithm;  // "": the bucket's
  std::string kms_key_id;
};

struct S3PutOptions {
  bool must_be_absent = false;
  // Kept with the object as metadata, by which one that exists is known as this write's; "": none.
  std::string write_id;
  std::string md5;  // raw, of the payload; the service refuses other bytes
};

struct S3Page {
  std::vector<Listed> entries;  // in byte order
  std::string next;             // the continuation token; "": this is the last page
};

struct S3ListRequest {
  std::string bucket;
  std::string prefix;
  std::string start_after;   // a key; "": from the first
  std::string continuation;  // the page before's `next`; then `start_after` is not looked at
  bool delimited = false;
  int max_keys = 1000;
};

// Borrowed by everybody; any thread.
class S3Api {
 public:
  S3Api(const RemoteClient& client, S3Encryption encryption)
      : client_(client), encryption_(std::move(encryption)) {}

  struct Head {
    Properties properties;
    std::string write_id;
  };
  Result<Head> head(const S3Address& object) const;  // not_found
  Status head_bucket(const std::string& bucket) const;
  // already_exists
  Status put(const S3Address& object, std::shared_ptr<const Payload> payload,
             const S3PutOptions& options) const;
  Status remove(const S3Address& object) const;
  // `source_etag`: what must be there; not_found, precondition_failed. Answers the copy's ETag.
  Result<std::string> copy(const S3Address& from, const std::string& source_etag, const S3Address& to) const;
  // The page as it is, in the service's order.
  Result<S3Page> list(const S3ListRequest& request) const;

  Result<std::string> begin_upload(const S3Address& object, const std::string& write_id) const;
  // Answers the part's ETag. not_found
  Result<std::string> put_part(const S3Address& object, const std::string& upload_id, int number,
                               std::shared_ptr<const Payload> payload, const std::string& md5) const;
  Result<std::string> copy_part(const S3Address& from, const std::string& source_etag, std::uint64_t first,
                                std::uint64_t last, const S3Address& to, const std::string& upload_id,
                                int number) const;
  Result<std::vector<Part>> list_parts(const S3Address& object, const std::string& upload_id) const;
  struct Completed {
    std::string etag;
    bool upload_is_gone = false;  // and an earlier attempt may have completed it: no `etag`
  };
  Result<Completed> complete(const S3Address& object, const std::string& upload_id,
                             std::span<const SentPart> parts, bool must_be_absent) const;
  Status abort(const S3Address& object, const std::string& upload_id) const;  // missing: success

  // The GET of a whole object, without Range.
  RemoteRequest get_request(const S3Address& object) const;
  static Properties properties_of(const http::Headers& headers);

  const RemoteClient& client() const { return client_; }

 private:
  void add_encryption(http::Headers& headers) const;
  Status put_conflict(const S3Address& object, const S3PutOptions& options, const RemoteAnswer& answer) const;

  const RemoteClient& client_;
  const S3Encryption encryption_;
};

std::string s3_uri(const S3Address& address);
// '"ABC"' becomes "abc".
std::string unquoted_etag(std::string_view etag);
// The document, or `corrupt`, naming the request.
Result<XmlElement> parse_s3_answer(const RemoteRequest& request, const RemoteAnswer& answer);

}  // namespace mere::block
