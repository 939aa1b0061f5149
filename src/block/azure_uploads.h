// Multipart uploads to Azure, which knows blocks of a blob but no uploads.
//
// A part's bytes are uncommitted blocks of the blob itself, under ids that no other part has. What there is,
// is written in small blobs of the same container:
//   .mere-uploads/<id>/upload    its text is the name of the blob; the upload exists while this does
//   .mere-uploads/<id>/<number>  a part, five digits; metadata: size, md5, tag and blocks (of its ids)
// A part that is uploaded again gets new ids and replaces its record whole.
//
// A part that a client PUTs by a presigned URL is one block whose id is made of the upload's and the number,
// so that uploading it again replaces it; it has no record, and nobody but that client knows its MD5.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "block/azure_api.h"
#include "block/remote_writer.h"

namespace mere::block {

// The id of block `index` of what `tag` names (16 characters): all of a blob must have one length.
std::string azure_block_id(std::string_view tag, int index);
std::string new_azure_tag();

class AzureUploads {
 public:
  AzureUploads(const AzureApi& api, RemoteWriters& writers) : api_(api), writers_(writers) {}

  Result<std::string> begin(const AzureAddress& blob) const;
  // The id of the block that a client may PUT as that part. invalid_argument: no such id or number.
  static Result<std::string> block_of_part(std::string_view id, int number);
  Result<std::unique_ptr<Writer>> part(const AzureAddress& blob, const std::string& id, int number) const;
  Result<std::vector<Part>> parts(const AzureAddress& blob, const std::string& id) const;
  Result<Properties> complete(const AzureAddress& blob, const std::string& id,
                              std::span<const Part> parts) const;
  Status abort(const AzureAddress& blob, const std::string& id) const;

  // not_found unless the upload is this blob's.
  Status check(const AzureAddress& blob, const std::string& id) const;
  // A part's bytes, sent as blocks; then its record.
  Result<Written> put_part(const AzureAddress& blob, const std::string& id, int number,
                           std::shared_ptr<const Payload> payload, const std::string& md5) const;

 private:
  // Blocks of one tag, one after the other.
  struct Blocks {
    std::string tag;
    int first = 0;
    int count = 0;
  };
  struct Uploaded {
    std::vector<Part> parts;
    std::vector<Blocks> blocks;  // of each
  };
  // Those with records by number, then those without.
  Result<Uploaded> uploaded(const AzureAddress& blob, const std::string& id) const;
  Status forget(const AzureAddress& blob, const std::string& id) const;

  const AzureApi& api_;
  RemoteWriters& writers_;
};

}  // namespace mere::block
