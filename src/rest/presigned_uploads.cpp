// Objects in parts that clients write to the store themselves, at presigned addresses.
#include <algorithm>

#include "rest/convert.h"
#include "rest/handlers.h"
#include "rest/presign.h"
#include "transfer/range.h"
#include "tree/reserved_metadata.h"

namespace mere::rest {
namespace {

using transfer::ByteRange;
using transfer::ParsedRange;

constexpr std::int64_t kMaxParts = 10'000;

http::Response presigned_multipart_off() {
  return error_reply(501, "presign multipart upload API is not supported");
}

Error foreign_address() {
  return {Code::invalid_argument, "physical address must be relative to the storage namespace"};
}

// Quotes around it go: clients pass the ETag header as they got it.
std::string unquoted(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

// An upload as the three operations that end or continue one name it.
Result<lake::MultipartUpload> find_upload(const lake::Lake& lake, const version::Repository& repository,
                                          const lake::UploadName& name, std::string_view physical_address) {
  block::Address inside = block::join(repository.storage_namespace, "x");
  std::string folder = lake.store.display(inside);
  folder.pop_back();
  if (!physical_address.starts_with(folder)) return foreign_address();
  ASSIGN_OR_RETURN(auto upload, lake.multiparts.find(repository, name));
  if (lake.store.display(upload.address) != physical_address)
    return Error{Code::invalid_argument, "the physical address is not this upload's"};
  return upload;
}

// A part's range of its source; nothing in the request: all of it.
Result<ByteRange> part_range(const std::optional<std::string>& text, std::uint64_t size) {
  if (!text || text->empty()) return ByteRange{0, size};
  const ParsedRange parsed = transfer::parse_range(*text, size);
  if (!parsed.range) return Error{Code::range_not_satisfiable, "Requested Range Not Satisfiable"};
  return *parsed.range;
}

}  // namespace

http::Response Handlers::create_presign_multipart_upload(
    Call& call, const api::CreatePresignMultipartUploadParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  if (!presign_ability(context_, call, repository).multipart) return presigned_multipart_off();
  REPLY_IF_ERROR(check_argument("name", version::check_branch_argument(params.branch)));
  REPLY_IF_ERROR(check_argument("path", version::check_path(params.path)));
  const std::int64_t parts = params.parts.value_or(0);
  if (parts < 0 || parts > kMaxParts)
    return error_reply(400, "parts: between 0 and " + std::to_string(kMaxParts));

  ASSIGN_OR_REPLY(const auto upload,
                  lake_.multiparts.begin(repository, BranchName(params.branch), params.path, {}));
  api::PresignMultipartUpload answer;
  answer.upload_id = upload.name.id;
  answer.physical_address = lake_.store.display(upload.address);
  const std::string origin = origin_of(call.request, context_.settings);
  if (parts > 0) answer.presigned_urls.emplace();
  for (int number = 1; number <= parts; ++number) {
    ASSIGN_OR_REPLY(auto presigned,
                    lake_.presigner.put_part(origin, upload.address, upload.store_id, number));
    answer.presigned_urls->push_back(std::move(presigned.url));
  }
  return json_reply(201, answer);
}

http::Response Handlers::complete_presign_multipart_upload(
    Call& call, const api::CompletePresignMultipartUploadParams& params,
    const std::optional<api::CompletePresignMultipartUpload>& body) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  if (!presign_ability(context_, call, repository).multipart) return presigned_multipart_off();
  if (!body) return error_reply(400, "a body with the list of parts is required");

  std::vector<lake::CompletedPart> parts;
  for (const auto& part : body->parts)
    parts.push_back({static_cast<int>(std::clamp<std::int64_t>(part.part_number, 0, kMaxParts + 1)),
                     unquoted(part.etag),
                     {}});
  std::sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  lake::CompleteOptions options;
  options.content_type = body->content_type.value_or("application/octet-stream");
  options.metadata = tree::without_reserved(body->user_metadata.value_or(version::Metadata()));
  const lake::UploadName name{BranchName(params.branch), params.path, params.upload_id};
  // One that is completed already is not found, and still answers.
  const auto upload = find_upload(lake_, repository, name, body->physical_address);
  if (!upload && upload.error().code != Code::not_found) return error_reply(upload.error());
  ASSIGN_OR_REPLY(const auto entry, lake_.multiparts.complete(repository, name, parts, options));
  return object_reply(200, AddressDisplay(lake_.store, repository), params.path, entry);
}

http::Response Handlers::abort_presign_multipart_upload(
    Call& call, const api::AbortPresignMultipartUploadParams& params,
    const std::optional<api::AbortPresignMultipartUpload>& body) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  if (!presign_ability(context_, call, repository).multipart) return presigned_multipart_off();
  if (!body) return error_reply(400, "a body with the physical address is required");
  const lake::UploadName name{BranchName(params.branch), params.path, params.upload_id};
  REPLY_IF_ERROR(find_upload(lake_, repository, name, body->physical_address));
  REPLY_IF_ERROR(lake_.multiparts.abort(repository, name));
  return empty_reply(204);
}

http::Response Handlers::upload_part(Call& call, const api::UploadPartParams& params,
                                     const api::UploadPartFrom& body) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  if (!presign_ability(context_, call, repository).multipart) return error_reply(foreign_address());
  const lake::UploadName name{BranchName(params.branch), params.path, params.upload_id};
  ASSIGN_OR_REPLY(const auto upload, find_upload(lake_, repository, name, body.physical_address));
  ASSIGN_OR_REPLY(auto presigned,
                  lake_.presigner.put_part(origin_of(call.request, context_.settings), upload.address,
                                           upload.store_id, static_cast<int>(params.part_number)));
  api::UploadTo answer;
  answer.presigned_url = std::move(presigned.url);
  return json_reply(200, answer);
}

http::Response Handlers::upload_part_copy(Call& call, const api::UploadPartCopyParams& params,
                                          const api::UploadPartCopyFrom& body) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  const auto& from = body.copy_source;
  ASSIGN_OR_REPLY(const auto source, find_repository(lake_, from.repository));
  if (!presign_ability(context_, call, repository).multipart) return error_reply(foreign_address());
  const lake::UploadName name{BranchName(params.branch), params.path, params.upload_id};
  ASSIGN_OR_REPLY(const auto upload, find_upload(lake_, repository, name, body.physical_address));
  REPLY_IF_ERROR(check_argument("ref", version::check_ref_expr(from.ref)));
  REPLY_IF_ERROR(check_argument("path", version::check_path(from.path)));

  ASSIGN_OR_REPLY(const auto entry, lake_.objects.find(source, RefExpr(from.ref), from.path));
  ASSIGN_OR_REPLY(const auto range, part_range(from.range, static_cast<std::uint64_t>(entry.size_bytes)));
  ASSIGN_OR_REPLY(const auto reader, lake_.objects.open(source, entry));
  ASSIGN_OR_REPLY(const auto written,
                  lake_.multiparts.copy_part(repository, upload, static_cast<int>(params.part_number),
                                             *reader, range.offset, range.length));
  http::Response response = empty_reply(204);
  response.headers.add("ETag", "\"" + written.md5 + "\"");
  return response;
}

}  // namespace mere::rest
