#include "rest/convert.h"
#include "rest/handlers.h"
#include "rest/object_headers.h"
#include "rest/presign.h"
#include "transfer/object_body.h"

namespace mere::rest {
namespace {

http::Response location_reply(std::string location) {
  api::StorageUri answer;
  answer.location = location;
  http::Response response = json_reply(200, answer);
  response.headers.add("Location", std::move(location));
  return response;
}

bool is_table_id(std::string_view id) {
  return id.size() == 64 && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

http::Response Handlers::get_metadata_object(Call& call, const api::GetMetadataObjectParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  const bool presign = params.presign.value_or(false);
  if (presign && !presign_ability(context_, call, repository).get_and_put)
    return error_reply(presign_unsupported(lake_, repository));
  if (!is_table_id(params.object_id)) return error_reply(410, "No data");
  const block::Address address =
      block::join(repository.storage_namespace, lake_.trees.location(params.object_id));
  if (presign) {
    ASSIGN_OR_REPLY(auto presigned, lake_.presigner.get(origin_of(call.request, context_.settings), address,
                                                        {.file_name = params.object_id,
                                                         .content_type = "application/octet-stream",
                                                         .etag = {}}));
    http::Response redirect = empty_reply(302);
    redirect.headers.add("Location", std::move(presigned.url));
    return redirect;
  }
  auto opened = lake_.store.open(address);
  if (!opened && opened.error().code == Code::not_found) return error_reply(410, "No data");
  if (!opened) return error_reply(opened.error());

  std::shared_ptr<const block::Reader> reader = std::move(*opened);
  const std::uint64_t size = reader->properties().size_bytes;
  http::Response response;
  response.headers.add("Content-Type", "application/octet-stream");
  response.headers.add("Content-Disposition", "attachment");
  add_protective_headers(response.headers);
  response.body = transfer::object_body(std::move(reader), 0, size, context_.workers, *call.request.executor);
  return response;
}

http::Response Handlers::get_meta_range(Call&, const api::GetMetaRangeParams& params) {
  REPLY_IF_ERROR(find_repository(lake_, params.repository));
  return location_reply(lake_.trees.location(params.meta_range));
}

http::Response Handlers::get_range(Call&, const api::GetRangeParams& params) {
  REPLY_IF_ERROR(find_repository(lake_, params.repository));
  return location_reply(lake_.trees.location(params.range));
}

}  // namespace mere::rest
