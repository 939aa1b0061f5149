#include "s3/operations.h"

#include <algorithm>
#include <array>
#include <span>

#include "s3/reply.h"

namespace mere::s3 {
namespace {

constexpr std::size_t kSmallDocument = 64u << 10;
constexpr std::size_t kPartsDocument = 4u << 20;
constexpr std::size_t kKeysDocument = 4u << 20;  // a thousand keys of 1024 bytes, escaped

http::Response not_supported(Call& call) {
  return error_reply(call, s3_error("ERRLakeFSNotSupported"), Told::nothing);
}
http::Response no_object_lock(Call& call) {
  return error_reply(call, s3_error("InvalidRequest", "Bucket is missing Object Lock Configuration"));
}
http::Response no_object_lock_later(Call& call) {
  return error_reply(call, "InvalidBucketState");
}
http::Response not_allowed(Call&) {
  return empty_reply(405);
}

struct Row {
  Level level;
  std::string_view method;
  std::string_view parameter;  // "": whatever the query
  std::string_view header;     // "": whatever the headers
  Operation operation;
};

constexpr Operation quick(std::string_view name, http::Response (*answer)(Call&)) {
  return {.name = name, .answer = answer, .is_quick = true};
}
constexpr Operation on_worker(std::string_view name, http::Response (*answer)(Call&),
                              std::size_t document_bytes = 0) {
  return {.name = name, .answer = answer, .document_bytes = document_bytes};
}
constexpr Operation streamed(std::string_view name, Task<http::Response> (*stream)(Call&)) {
  return {.name = name, .stream = stream};
}

// The first row that fits is the operation.
constexpr auto kRows = std::to_array<Row>({
    {Level::service, "GET", "", "", on_worker("list_buckets", list_buckets)},

    {Level::bucket, "HEAD", "", "", quick("head_bucket", head_bucket)},
    {Level::bucket, "GET", "location", "", quick("get_bucket_location", get_bucket_location)},
    {Level::bucket, "GET", "versioning", "", quick("get_bucket_versioning", get_bucket_versioning)},
    {Level::bucket, "GET", "uploads", "", on_worker("list_multipart_uploads", list_multipart_uploads)},
    {Level::bucket, "GET", "cors", "", on_worker("get_bucket_cors", get_bucket_cors)},
    {Level::bucket, "PUT", "cors", "", on_worker("put_bucket_cors", put_bucket_cors, kSmallDocument)},
    {Level::bucket, "DELETE", "cors", "", on_worker("delete_bucket_cors", delete_bucket_cors)},
    {Level::bucket, "GET", "acl", "", quick("get_bucket_acl", get_bucket_acl)},
    {Level::bucket, "GET", "versions", "", on_worker("list_object_versions", list_object_versions)},
    {Level::bucket, "GET", "", "", quick("list_objects", list_objects)},
    {Level::bucket, "PUT", "object-lock", "", quick("put_object_lock", no_object_lock_later)},
    {Level::bucket,
     "PUT",
     "",
     "",
     {.name = "create_bucket",
      .answer = create_bucket,
      .needs_repository = false,
      .document_bytes = kSmallDocument}},
    {Level::bucket, "DELETE", "", "", on_worker("delete_bucket", delete_bucket)},
    {Level::bucket, "POST", "delete", "", on_worker("delete_objects", delete_objects, kKeysDocument)},
    {Level::bucket, "POST", "", "", quick("post_bucket", not_supported)},

    {Level::ref, "PUT", "", "", quick("put_ref", put_ref)},
    {Level::ref, "DELETE", "", "", quick("delete_ref", delete_ref)},

    {Level::object, "HEAD", "", "", quick("head_object", head_object)},
    {Level::object, "GET", "uploadId", "", on_worker("list_parts", list_parts)},
    {Level::object, "GET", "tagging", "", quick("get_object_tagging", get_object_tagging)},
    {Level::object, "GET", "acl", "", quick("get_object_acl", get_object_acl)},
    {Level::object, "GET", "attributes", "", quick("get_object_attributes", get_object_attributes)},
    {Level::object, "GET", "versioning", "", quick("get_bucket_versioning", get_bucket_versioning)},
    {Level::object, "GET", "retention", "", quick("get_object_retention", no_object_lock)},
    {Level::object, "GET", "legal-hold", "", quick("get_object_legal_hold", no_object_lock)},
    {Level::object, "GET", "", "", quick("get_object", get_object)},
    {Level::object, "PUT", "tagging", "",
     on_worker("put_object_tagging", put_object_tagging, kSmallDocument)},
    {Level::object, "PUT", "acl", "", on_worker("put_object_acl", put_object_acl, kSmallDocument)},
    {Level::object, "PUT", "retention", "", quick("put_object_retention", no_object_lock)},
    {Level::object, "PUT", "legal-hold", "", quick("put_object_legal_hold", no_object_lock)},
    {Level::object, "PUT", "uploadId", "x-amz-copy-source", on_worker("upload_part_copy", upload_part_copy)},
    {Level::object, "PUT", "uploadId", "", streamed("upload_part", upload_part)},
    {Level::object, "PUT", "", "x-amz-copy-source", on_worker("copy_object", copy_object)},
    {Level::object, "PUT", "", "", streamed("put_object", put_object)},
    {Level::object, "DELETE", "uploadId", "", on_worker("abort_multipart_upload", abort_multipart_upload)},
    {Level::object, "DELETE", "tagging", "", on_worker("delete_object_tagging", delete_object_tagging)},
    {Level::object, "DELETE", "", "", on_worker("delete_object", delete_object)},
    {Level::object, "POST", "uploads", "",
     on_worker("create_multipart_upload", create_multipart_upload, kSmallDocument)},
    {Level::object, "POST", "uploadId", "",
     on_worker("complete_multipart_upload", complete_multipart_upload, kPartsDocument)},
    {Level::object, "POST", "", "", quick("post_to_object", not_allowed)},
});

// Sub-resources that S3 has and a versioned lake has no use for: reading and deleting those that are settings
// of a bucket answers as if none were set, the rest is refused. Without a refusal, a PUT would take a lock's
// description for an object's content.
constexpr std::string_view kBucketResources[] = {"acl", "events"};  // besides the settings
constexpr std::string_view kObjectResources[] = {"torrent", "lambdaArn"};
constexpr std::string_view kObjectPosts[] = {"select", "restore"};

bool has_any(const Query& query, std::span<const std::string_view> names) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) { return query.has(name); });
}

bool is_unsupported(std::string_view method, Level level, const Query& query) {
  switch (level) {
    case Level::service:
      return query.has("events");
    case Level::bucket:
      if (method == "PUT" && query.has("object-lock")) return false;
      return names_bucket_setting(query) || has_any(query, kBucketResources) ||
             (method == "PUT" && query.has("versioning"));
    case Level::object:
      if (method == "POST") return has_any(query, kObjectPosts);
      if (method == "DELETE" && query.has("acl")) return true;
      return method != "HEAD" && has_any(query, kObjectResources);
    case Level::ref:
      return false;
  }
  return false;
}

constexpr Operation kUnsupported{.name = "unsupported", .answer = not_supported, .is_quick = true};
constexpr Operation kGetSetting = quick("get_bucket_setting", get_bucket_setting);
constexpr Operation kDeleteSetting = quick("delete_bucket_setting", delete_bucket_setting);

constexpr Operation kFormUpload = streamed("post_object", post_object);

}  // namespace

const Operation& form_upload_operation() {
  return kFormUpload;
}

const Operation* find_operation(std::string_view method, Level level, const Query& query,
                                const http::Headers& headers, bool verify_unsupported) {
  if (level == Level::bucket && names_bucket_setting(query)) {
    if (method == "GET") return &kGetSetting;
    if (method == "DELETE") return &kDeleteSetting;
  }
  // Whatever is said of a bucket's part, the bucket is not deleted.
  const bool verify = verify_unsupported || (method == "DELETE" && level == Level::bucket);
  if (verify && is_unsupported(method, level, query)) return &kUnsupported;
  for (const Row& row : kRows) {
    if (row.level == level && row.method == method && (row.parameter.empty() || query.has(row.parameter)) &&
        (row.header.empty() || headers.contains(row.header))) {
      return &row.operation;
    }
  }
  return nullptr;
}

}  // namespace mere::s3
