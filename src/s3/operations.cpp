#include "s3/operations.h"

#include <algorithm>
#include <array>
#include <span>

#include "s3/reply.h"

namespace mere::s3 {
namespace {

constexpr std::size_t kSmallDocument = 64u << 10;

http::Response not_supported(Call& call) {
  return error_reply(call, s3_error("ERRLakeFSNotSupported"), Told::nothing);
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

// The first row that fits is the operation.
constexpr auto kRows = std::to_array<Row>({
    {Level::service, "GET", "", "", {"list_buckets", list_buckets}},

    {Level::bucket, "HEAD", "", "", {.name = "head_bucket", .answer = head_bucket, .is_quick = true}},
    {Level::bucket, "GET", "location", "", {"get_bucket_location", get_bucket_location, nullptr, true}},
    {Level::bucket, "GET", "versioning", "", {"get_bucket_versioning", get_bucket_versioning, nullptr, true}},
    {Level::bucket,
     "PUT",
     "",
     "",
     {.name = "create_bucket",
      .answer = create_bucket,
      .needs_repository = false,
      .document_bytes = kSmallDocument}},
    {Level::bucket, "DELETE", "", "", {"delete_bucket", not_supported}},
    {Level::bucket, "POST", "", "", {"post_bucket", not_supported}},

    {Level::object, "POST", "", "", {"post_object", not_allowed}},
});

// Sub-resources that S3 has and a versioned lake has no use for. Without a refusal, a PUT would take a lock's
// description for an object's content.
constexpr std::string_view kBucketResources[] = {
    "accelerate",
    "acl",
    "analytics",
    "cors",
    "encryption",
    "events",
    "intelligent-tiering",
    "inventory",
    "lifecycle",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "tagging",
    "website",
};
constexpr std::string_view kBucketPutOnly[] = {"versioning"};
constexpr std::string_view kObjectResources[] = {"torrent", "retention", "legal-hold", "lambdaArn"};
constexpr std::string_view kObjectPosts[] = {"select", "restore"};

bool has_any(const Query& query, std::span<const std::string_view> names) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) { return query.has(name); });
}

bool is_unsupported(std::string_view method, Level level, const Query& query) {
  switch (level) {
    case Level::service:
      return query.has("events");
    case Level::bucket:
      return has_any(query, kBucketResources) || (method == "PUT" && has_any(query, kBucketPutOnly));
    case Level::object:
      return method == "POST" ? has_any(query, kObjectPosts)
                              : method != "HEAD" && has_any(query, kObjectResources);
    case Level::ref:
      return false;
  }
  return false;
}

constexpr Operation kUnsupported{.name = "unsupported", .answer = not_supported, .is_quick = true};

}  // namespace

const Operation* find_operation(std::string_view method, Level level, const Query& query,
                                const http::Headers& headers, bool verify_unsupported) {
  if (verify_unsupported && is_unsupported(method, level, query)) return &kUnsupported;
  for (const Row& row : kRows) {
    if (row.level == level && row.method == method && (row.parameter.empty() || query.has(row.parameter)) &&
        (row.header.empty() || headers.contains(row.header))) {
      return &row.operation;
    }
  }
  return nullptr;
}

}  // namespace mere::s3
