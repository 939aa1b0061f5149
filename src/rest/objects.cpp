#include <array>

#include "base/time_format.h"
#include "rest/convert.h"
#include "rest/handlers.h"
#include "rest/object_headers.h"
#include "rest/presign.h"
#include "transfer/object_body.h"
#include "transfer/range.h"

namespace mere::rest {
namespace {

using transfer::ByteRange;
using transfer::content_range;
using transfer::object_body;
using transfer::parse_range;
using transfer::ParsedRange;

constexpr std::size_t kMaxBulkPaths = 1000;

// Shown in a browser as they are; everything else is offered as a download.
constexpr auto kInlineTypes = std::to_array<std::string_view>({
    "image/jpeg",       "image/jpg",       "image/png",       "image/gif",
    "image/webp",       "image/svg+xml",   "application/pdf", "application/javascript",
    "application/json", "application/xml", "text/plain",      "text/markdown",
    "text/x-markdown",  "text/html",       "text/css",        "text/javascript",
    "text/xml",         "video/mp4",       "video/webm",      "audio/mpeg",
    "audio/wav",        "audio/webm",
});

bool is_inline(std::string_view content_type) {
  return std::find(kInlineTypes.begin(), kInlineTypes.end(), content_type) != kInlineTypes.end();
}

std::string etag_of(const tree::Entry& entry) {
  std::string etag;
  etag.reserve(entry.checksum.size() + 2);
  etag.append(1, '"').append(entry.checksum).append(1, '"');
  return etag;
}

http::Response range_refused(const ParsedRange& parsed, std::uint64_t size) {
  http::Response response = error_reply(416, "Requested Range Not Satisfiable");
  if (parsed.error.past_the_end) response.headers.add("Content-Range", "bytes */" + std::to_string(size));
  return response;
}

// What a HEAD answers when there is no body to explain it.
http::Response without_body(http::Response response) {
  response.body = std::monostate();
  response.headers.erase("Content-Type");
  response.headers.erase("X-Content-Type-Options");
  response.content_length_without_body = 0;
  return response;
}

}  // namespace

// Headers of files that a browser must neither guess about nor keep nor frame.
void add_protective_headers(http::Headers& headers) {
  headers.add("Cache-Control", "no-store, must-revalidate");
  headers.add("Expires", "0");
  headers.add("X-Content-Type-Options", "nosniff");
  headers.add("X-Frame-Options", "SAMEORIGIN");
  headers.add("Content-Security-Policy", "default-src 'none'");
}

http::Response Handlers::get_object(Call& call, const api::GetObjectParams& params) {
  REPLY_IF_ERROR(check_argument("ref", version::check_ref_expr(params.ref)));
  REPLY_IF_ERROR(check_argument("path", version::check_path(params.path)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto entry, engine_.entries.find(repository, RefExpr(params.ref), params.path));

  const std::string etag = etag_of(entry);
  if (params.if_none_match == etag) return empty_reply(304);
  if (params.presign.value_or(false)) {
    ASSIGN_OR_REPLY(auto presigned, presign_object(context_, call, repository, params.path, entry));
    http::Response redirect = empty_reply(302);
    redirect.headers.add("Location", std::move(presigned.url));
    return redirect;
  }

  const auto size = static_cast<std::uint64_t>(entry.size_bytes);
  ByteRange range{0, size};
  if (params.range) {
    const ParsedRange parsed = parse_range(*params.range, size);
    if (!parsed.range) {
      http::Response refused = range_refused(parsed, size);
      refused.headers.add("ETag", etag);
      refused.headers.add("Last-Modified", to_http_date(entry.last_modified));
      refused.headers.add("Content-Disposition", is_inline(entry.content_type) ? "inline" : "attachment");
      refused.headers.erase("X-Content-Type-Options");  // is among the following
      add_protective_headers(refused.headers);
      return refused;
    }
    range = *parsed.range;
  }
  ASSIGN_OR_REPLY(auto reader, lake_.objects.open(repository, entry));

  http::Response response;
  response.status = params.range ? 206 : 200;
  http::Headers& headers = response.headers;
  headers.add("ETag", etag);
  headers.add("Last-Modified", to_http_date(entry.last_modified));
  headers.add("Content-Type", std::string(content_type_of(entry)));
  headers.add("Content-Disposition", is_inline(entry.content_type) ? "inline" : "attachment");
  if (params.range) headers.add("Content-Range", content_range(range, size));
  add_protective_headers(headers);
  response.body =
      object_body(std::move(reader), range.offset, range.length, context_.workers, *call.request.executor);
  return response;
}

http::Response Handlers::head_object(Call&, const api::HeadObjectParams& params) {
  const auto failed = [](const Error& error) { return without_body(error_reply(error)); };
  if (auto checked = version::check_ref_expr(params.ref); !checked) return failed(checked.error());
  if (auto checked = version::check_path(params.path); !checked) return failed(checked.error());
  const auto repository = find_repository(lake_, params.repository);
  if (!repository) return failed(repository.error());
  const auto entry = engine_.entries.find(*repository, RefExpr(params.ref), params.path);
  if (!entry) return failed(entry.error());

  const auto size = static_cast<std::uint64_t>(entry->size_bytes);
  ByteRange range{0, size};
  bool refused = false;  // the range: all else is told as if there were none
  if (params.range) {
    const ParsedRange parsed = parse_range(*params.range, size);
    if (parsed.range) {
      range = *parsed.range;
    } else {
      refused = true;
      range = {0, 0};
    }
  }
  http::Response response = empty_reply(refused ? 416 : params.range ? 206 : 200);
  response.headers.add("ETag", etag_of(*entry));
  response.headers.add("Last-Modified", to_http_date(entry->last_modified));
  response.headers.add("Accept-Ranges", "bytes");
  response.headers.add("Content-Type", std::string(content_type_of(*entry)));
  response.headers.add("Cache-Control", "no-store, must-revalidate");
  response.headers.add("Expires", "0");
  if (params.range && !refused) response.headers.add("Content-Range", content_range(range, size));
  response.content_length_without_body = range.length;
  return response;
}

http::Response Handlers::stat_object(Call& call, const api::StatObjectParams& params) {
  REPLY_IF_ERROR(check_argument("ref", version::check_ref_expr(params.ref)));
  REPLY_IF_ERROR(check_argument("path", version::check_path(params.path)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto entry, engine_.entries.find(repository, RefExpr(params.ref), params.path));
  const ShowMetadata metadata = params.user_metadata ? ShowMetadata::always : ShowMetadata::empty;
  if (!params.presign.value_or(false))
    return object_reply(200, AddressDisplay(lake_.store, repository), params.path, entry, metadata);
  ASSIGN_OR_REPLY(const auto presigned, presign_object(context_, call, repository, params.path, entry));
  std::string body;
  JsonWriter json(body);
  write_object_stats(json, params.path, entry, {presigned.url, presigned.expires}, metadata);
  return json_text(200, std::move(body));
}

http::Response Handlers::list_objects(Call& call, const api::ListObjectsParams& params) {
  REPLY_IF_ERROR(check_argument("ref", version::check_ref_expr(params.ref)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  const bool presign = params.presign.value_or(false);
  if (presign && !presign_ability(context_, call, repository).get_and_put) {
    return error_reply(presign_unsupported(lake_, repository));
  }
  const version::ListRequest request{params.prefix, params.after, params.delimiter, page_size(params.amount)};
  const AddressDisplay display(lake_.store, repository);
  const ShowMetadata metadata = params.user_metadata ? ShowMetadata::if_any : ShowMetadata::never;

  // Folders of committed data are asked for again and again. (What is presigned ends.)
  std::string name;
  std::shared_ptr<const std::string> known;
  const auto is_known = [&](const std::string& page) {
    name = (params.user_metadata ? "m" : "-") + page;
    known = listings_.get(name);
    return known != nullptr;
  };
  std::string body;
  body.reserve(256 * request.amount);  // at most 1000
  JsonWriter json(body);
  json.begin_object();
  json.key("results");
  json.begin_array();
  std::size_t count = 0;
  std::string last;
  std::string address;
  Status failed;  // the first address that could not be presigned
  const auto visit = [&](std::string_view path, const tree::Entry* entry) {
    ++count;
    last.assign(path);
    if (entry != nullptr) {
      if (!presign) {
        display.write(*entry, address);
        write_object_stats(json, path, *entry, {address}, metadata);
        return;
      }
      const auto presigned = presign_object(context_, call, repository, path, *entry);
      if (!presigned) {
        if (failed) failed = presigned.error();
        return;
      }
      write_object_stats(json, path, *entry, {presigned->url, presigned->expires}, metadata);
      return;
    }
    json.begin_object();
    json.key("path");
    json.string(path);
    json.key("path_type");
    json.string("common_prefix");
    json.key("checksum");
    json.string("");
    json.key("mtime");
    json.integer(0);
    json.key("physical_address");
    json.string("");
    json.end_object();
  };
  ASSIGN_OR_REPLY(const bool has_more,
                  engine_.entries.list(repository, RefExpr(params.ref), request, visit,
                                       presign ? version::PageIsKnown() : version::PageIsKnown(is_known)));
  if (known) return json_text(200, *known);
  REPLY_IF_ERROR(std::move(failed));
  json.end_array();
  write_pagination(json, has_more, count, last);
  json.end_object();
  if (!name.empty()) {
    listings_.put(name, std::make_shared<const std::string>(body), name.size() + body.size() + 256);
  }
  return json_text(200, std::move(body));
}

http::Response Handlers::get_underlying_properties(Call&, const api::GetUnderlyingPropertiesParams& params) {
  REPLY_IF_ERROR(check_argument("ref", version::check_ref_expr(params.ref)));
  REPLY_IF_ERROR(check_argument("path", version::check_path(params.path)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  REPLY_IF_ERROR(engine_.entries.find(repository, RefExpr(params.ref), params.path));
  return json_text(200, R"({"storage_class":null})");
}

http::Response Handlers::delete_object(Call&, const api::DeleteObjectParams& params) {
  REPLY_IF_ERROR(check_argument("name", version::check_branch_argument(params.branch)));
  REPLY_IF_ERROR(check_argument("path", version::check_path(params.path)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  version::WriteOptions options;
  options.force = params.force;
  REPLY_IF_ERROR(engine_.entries.remove(repository, BranchName(params.branch), params.path, options));
  return empty_reply(204);
}

http::Response Handlers::delete_objects(Call&, const api::DeleteObjectsParams& params,
                                        const api::PathList& body) {
  if (body.paths.size() > kMaxBulkPaths) {
    return error_reply(400, "request size exceeded, max paths is set to " + std::to_string(kMaxBulkPaths));
  }
  api::ObjectErrorList list;
  const auto refuse_all = [&](const Error& error) {
    for (const std::string& path : body.paths) {
      list.errors.push_back({http_status(error.code), error.message, path});
    }
    return json_reply(200, list);
  };
  if (auto named = check_argument("branch", version::check_branch_argument(params.branch)); !named) {
    return refuse_all(named.error());
  }
  // An unknown repository or branch has nothing to delete: as the reference answers.
  const auto repository = find_repository(lake_, params.repository);
  if (!repository && repository.error().code == Code::not_found) return json_reply(200, list);
  if (!repository) return error_reply(repository.error());

  std::vector<std::string> paths;
  for (const std::string& path : body.paths) {
    if (!path.empty()) paths.push_back(path);
  }
  version::WriteOptions options;
  options.force = params.force;
  const auto removed = engine_.entries.remove(*repository, BranchName(params.branch), paths, options);
  if (!removed && removed.error().code == Code::not_found) return json_reply(200, list);
  if (!removed && removed.error().code == Code::permission_denied) return refuse_all(removed.error());
  if (!removed) return error_reply(removed.error());
  for (const auto& failed : *removed) {
    list.errors.push_back({http_status(failed.error.code), failed.error.message, failed.path});
  }
  return json_reply(200, list);
}

http::Response Handlers::copy_object(Call&, const api::CopyObjectParams& params,
                                     const api::ObjectCopyCreation& body) {
  REPLY_IF_ERROR(check_argument("name", version::check_branch_argument(params.branch)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  // What is wrong with the branch is said before what is wrong with the rest.
  const auto refuse = [&](http::Response refused) {
    const auto branch = engine_.refs.branch(repository, BranchName(params.branch));
    if (branch || branch.error().code != Code::not_found) return refused;
    return error_reply(404, "branch '" + params.branch + "' not found");
  };
  if (body.shallow) return refuse(error_reply(501, "Not Implemented"));
  for (const std::string* path : {&params.dest_path, &body.src_path}) {
    const Status named = check_argument("path", version::check_path(*path));
    if (!named) return refuse(error_reply(named.error()));
  }
  lake::CopyRequest request;
  request.source_path = body.src_path;
  if (body.src_ref && !body.src_ref->empty()) request.source_ref = RefExpr(*body.src_ref);
  request.destination_path = params.dest_path;
  request.force = body.force;
  ASSIGN_OR_REPLY(const auto entry, lake_.objects.copy(repository, BranchName(params.branch), request));
  return object_reply(201, AddressDisplay(lake_.store, repository), params.dest_path, entry);
}

http::Response Handlers::update_object_user_metadata(Call&, const api::UpdateObjectUserMetadataParams& params,
                                                     const api::UpdateObjectUserMetadata& body) {
  REPLY_IF_ERROR(check_argument("name", version::check_branch_argument(params.branch)));
  REPLY_IF_ERROR(check_argument("path", version::check_path(params.path)));
  REPLY_IF_ERROR(check_object_texts(body.set));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  REPLY_IF_ERROR(
      lake_.objects.update_user_metadata(repository, BranchName(params.branch), params.path, body.set));
  return empty_reply(204);
}

http::Response Handlers::upload_object_preflight(Call&, const api::UploadObjectPreflightParams&) {
  return empty_reply(204);
}

}  // namespace mere::rest
