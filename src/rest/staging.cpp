#include "rest/convert.h"
#include "rest/handlers.h"
#include "rest/object_headers.h"
#include "tree/reserved_metadata.h"

namespace mere::rest {
namespace {

http::Response presigned_multipart_off() {
  return error_reply(501, "presign multipart upload API is not supported");
}

// The stores of this build cannot presign uploads, so no upload can have been begun at any address.
http::Response foreign_upload_address() {
  return error_reply(400, "physical address must be relative to the storage namespace");
}

}  // namespace

http::Response Handlers::get_physical_address(Call&, const api::GetPhysicalAddressParams& params) {
  REPLY_IF_ERROR(check_argument("name", version::check_branch_argument(params.branch)));
  REPLY_IF_ERROR(check_argument("path", version::check_path(params.path)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  if (params.presign.value_or(false) && !capabilities_of(lake_, repository).presign) {
    return error_reply(presign_unsupported(lake_, repository));
  }
  ASSIGN_OR_REPLY(const auto address,
                  lake_.objects.link_address(repository, BranchName(params.branch), params.path));
  api::StagingLocation location;
  location.physical_address = address.shown;
  return json_reply(200, location);
}

http::Response Handlers::link_physical_address(Call&, const api::LinkPhysicalAddressParams& params,
                                               const api::StagingMetadata& body) {
  if (params.if_match) return error_reply(501, "Not Implemented");
  if (params.if_none_match && *params.if_none_match != "*") return error_reply(501, "Not Implemented");
  REPLY_IF_ERROR(check_argument("name", version::check_branch_argument(params.branch)));
  REPLY_IF_ERROR(check_argument("path", version::check_path(params.path)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  lake::StageRequest request;
  request.physical_address = body.staging.physical_address.value_or("");
  request.checksum = body.checksum;
  request.size_bytes = body.size_bytes;
  request.content_type = body.content_type.value_or("application/octet-stream");
  request.metadata = tree::without_reserved(body.user_metadata.value_or(version::Metadata()));
  request.mtime = body.mtime;
  request.if_absent = params.if_none_match.has_value();
  request.force = body.force;
  const auto entry = lake_.objects.link(repository, BranchName(params.branch), params.path, request);
  if (!entry && entry.error().code == Code::precondition_failed)
    return error_reply(412, "Precondition failed");
  if (!entry) return error_reply(entry.error());
  // An address outside the namespace is answered as it was given.
  std::string json_body;
  JsonWriter json(json_body);
  write_object_stats(json, params.path, *entry,
                     entry->address_type == tree::AddressType::full
                         ? entry->address
                         : AddressDisplay(lake_.store, repository)(*entry),
                     ShowMetadata::always);
  return json_text(200, std::move(json_body));
}

http::Response Handlers::stage_object(Call&, const api::StageObjectParams& params,
                                      const api::ObjectStageCreation& body) {
  REPLY_IF_ERROR(check_argument("name", version::check_branch_argument(params.branch)));
  REPLY_IF_ERROR(check_argument("path", version::check_path(params.path)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  lake::StageRequest request;
  request.physical_address = body.physical_address;
  request.checksum = body.checksum;
  request.size_bytes = body.size_bytes;
  request.content_type = body.content_type.value_or("application/octet-stream");
  request.metadata = tree::without_reserved(body.metadata.value_or(version::Metadata()));
  request.mtime = body.mtime;
  request.force = body.force;
  ASSIGN_OR_REPLY(const auto entry,
                  lake_.objects.stage(repository, BranchName(params.branch), params.path, request));
  return object_reply(201, AddressDisplay(lake_.store, repository), params.path, entry, ShowMetadata::never);
}

http::Response Handlers::create_presign_multipart_upload(
    Call&, const api::CreatePresignMultipartUploadParams& params) {
  REPLY_IF_ERROR(find_repository(lake_, params.repository));
  return presigned_multipart_off();
}

http::Response Handlers::complete_presign_multipart_upload(
    Call&, const api::CompletePresignMultipartUploadParams& params,
    const std::optional<api::CompletePresignMultipartUpload>&) {
  REPLY_IF_ERROR(find_repository(lake_, params.repository));
  return presigned_multipart_off();
}

http::Response Handlers::abort_presign_multipart_upload(
    Call&, const api::AbortPresignMultipartUploadParams& params,
    const std::optional<api::AbortPresignMultipartUpload>&) {
  REPLY_IF_ERROR(find_repository(lake_, params.repository));
  return presigned_multipart_off();
}

http::Response Handlers::upload_part(Call&, const api::UploadPartParams& params, const api::UploadPartFrom&) {
  REPLY_IF_ERROR(find_repository(lake_, params.repository));
  return foreign_upload_address();
}

http::Response Handlers::upload_part_copy(Call&, const api::UploadPartCopyParams& params,
                                          const api::UploadPartCopyFrom& body) {
  REPLY_IF_ERROR(find_repository(lake_, params.repository));
  REPLY_IF_ERROR(find_repository(lake_, body.copy_source.repository));
  return foreign_upload_address();
}

http::Response Handlers::create_symlink_file(Call&, const api::CreateSymlinkFileParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto location, lake_.objects.create_symlinks(repository, BranchName(params.branch),
                                                                     params.location.value_or("")));
  api::StorageUri answer;
  answer.location = location;
  return json_reply(201, answer);
}

}  // namespace mere::rest
