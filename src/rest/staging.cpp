#include "rest/convert.h"
#include "rest/handlers.h"
#include "rest/presign.h"
#include "tree/reserved_metadata.h"

namespace mere::rest {

http::Response Handlers::get_physical_address(Call& call, const api::GetPhysicalAddressParams& params) {
  REPLY_IF_ERROR(check_argument("name", version::check_branch_argument(params.branch)));
  REPLY_IF_ERROR(check_argument("path", version::check_path(params.path)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  const bool presign = params.presign.value_or(false);
  if (presign && !presign_ability(context_, call, repository).get_and_put) {
    return error_reply(presign_unsupported(lake_, repository));
  }
  ASSIGN_OR_REPLY(const auto address,
                  lake_.objects.link_address(repository, BranchName(params.branch), params.path));
  api::StagingLocation location;
  location.physical_address = address.shown;
  if (presign) {
    ASSIGN_OR_REPLY(auto presigned,
                    lake_.presigner.put(origin_of(call.request, context_.settings), address.address));
    location.presigned_url = std::move(presigned.url);
    location.presigned_url_expiry = presigned.expires;
  }
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
  REPLY_IF_ERROR(check_object_texts(request.metadata,
                                    {request.physical_address, request.checksum, request.content_type}));
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
  const std::string address = entry->address_type == tree::AddressType::full
                                  ? entry->address
                                  : AddressDisplay(lake_.store, repository)(*entry);
  write_object_stats(json, params.path, *entry, {address}, ShowMetadata::always);
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
  REPLY_IF_ERROR(check_object_texts(request.metadata,
                                    {request.physical_address, request.checksum, request.content_type}));
  request.mtime = body.mtime;
  request.force = body.force;
  ASSIGN_OR_REPLY(const auto entry,
                  lake_.objects.stage(repository, BranchName(params.branch), params.path, request));
  return object_reply(201, AddressDisplay(lake_.store, repository), params.path, entry, ShowMetadata::never);
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
