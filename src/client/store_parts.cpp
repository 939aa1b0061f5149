#include "client/store_parts.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/log.h"

namespace mere::client {
namespace {

// Azure answers a part with its MD5 instead of an ETag, an emulator of it with neither. Whether an ETag is
// needed, the server knows.
std::string etag_of(const http::Headers& headers) {
  std::string etag(headers.get("ETag"));
  if (!etag.empty()) return etag;
  const auto md5 = from_base64(headers.get("Content-MD5"));
  return md5 ? to_hex(*md5) : std::string();
}

}  // namespace

Result<bool> takes_parts(const Api& api, const WriteOptions& options) {
  if (options.if_absent || options.force) return false;
  ASSIGN_OR_RETURN(const api::Config config, api.get_config());
  return config.storage_config && config.storage_config->pre_sign_multipart_upload.value_or(false);
}

Result<StoreParts> StoreParts::begin(Api api, Uri object, std::size_t parts) {
  api::CreatePresignMultipartUploadParams params{
      .repository = object.repository, .branch = object.ref, .path = object.path};
  if (parts > 0) params.parts = static_cast<std::int64_t>(parts);
  ASSIGN_OR_RETURN(auto begun, api.create_presign_multipart_upload(params));
  return StoreParts(std::move(api), std::move(object), std::move(begun));
}

Result<api::UploadPart> StoreParts::send(std::size_t index, std::shared_ptr<BodySource> body) const {
  const auto number = static_cast<std::int64_t>(index + 1);
  ASSIGN_OR_RETURN(const std::string address, address_of(index));
  ASSIGN_OR_RETURN(const http::Headers headers, api_.session()->put_at_store(address, std::move(body)));
  return api::UploadPart{number, etag_of(headers)};
}

// Some servers give all addresses at the beginning.
Result<std::string> StoreParts::address_of(std::size_t index) const {
  if (begun_.presigned_urls && index < begun_.presigned_urls->size()) return (*begun_.presigned_urls)[index];
  ASSIGN_OR_RETURN(api::UploadTo to, api_.upload_part({.repository = object_.repository,
                                                       .branch = object_.ref,
                                                       .upload_id = begun_.upload_id,
                                                       .part_number = static_cast<std::int64_t>(index + 1),
                                                       .path = object_.path},
                                                      {begun_.physical_address}));
  return std::move(to.presigned_url);
}

Result<api::ObjectStats> StoreParts::complete(std::vector<api::UploadPart> parts,
                                              const WriteOptions& options) const {
  api::CompletePresignMultipartUpload whole;
  whole.physical_address = begun_.physical_address;
  whole.parts = std::move(parts);
  if (!options.metadata.empty()) whole.user_metadata = options.metadata;
  if (!options.content_type.empty()) whole.content_type = options.content_type;
  return api_.complete_presign_multipart_upload({.repository = object_.repository,
                                                 .branch = object_.ref,
                                                 .upload_id = begun_.upload_id,
                                                 .path = object_.path},
                                                whole);
}

void StoreParts::give_up() const {
  const Status given_up =
      api_.abort_presign_multipart_upload({.repository = object_.repository,
                                           .branch = object_.ref,
                                           .upload_id = begun_.upload_id,
                                           .path = object_.path},
                                          api::AbortPresignMultipartUpload{begun_.physical_address});
  if (!given_up) {
    log::warn("the parts of an upload that failed could not be given up",
              {{"object", object_.to_string()}, {"error", given_up.error().message}});
  }
}

}  // namespace mere::client
