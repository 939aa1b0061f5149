// Repositories as buckets (contract: S3 gateway, section 7).
#include <algorithm>
#include <limits>

#include "base/xml.h"
#include "s3/access.h"
#include "s3/operations.h"
#include "s3/page_parameters.h"
#include "s3/reply.h"
#include "version/names.h"

namespace mere::s3 {
namespace {

constexpr std::size_t kPage = 1000;

// Neither its branch nor its history shows an object: nothing is lost with it.
Result<bool> holds_nothing(const Call& call) {
  version::Engine& engine = call.lake().engine;
  ASSIGN_OR_RETURN(const auto tags,
                   engine.refs.tags(call.repository, {.prefix = {}, .after = {}, .amount = 1}));
  ASSIGN_OR_RETURN(
      const auto branches,
      engine.refs.branches(call.repository, {.prefix = {}, .after = {}, .amount = 2}, /*show_hidden=*/true));
  if (!tags.items.empty() || branches.items.size() > 1) return false;
  for (const version::Branch& branch : branches.items) {
    ASSIGN_OR_RETURN(const auto commit, engine.commits.get(call.repository, branch.commit_id));
    if (!commit->parents.empty()) return false;
    bool found = false;
    const auto visit = [&](std::string_view, const tree::Entry*) { found = true; };
    const version::ListRequest one{.prefix = {}, .after = {}, .delimiter = {}, .amount = 1};
    RETURN_IF_ERROR(engine.entries.list(call.repository, version::RefExpr(branch.name.str()), one, visit));
    if (found) return false;
  }
  return true;
}

}  // namespace

http::Response list_buckets(Call& call) {
  ASSIGN_OR_REPLY(call, const int limit, number_or(call.query.get("max-buckets"), 0, "max-buckets"));
  const auto wanted = limit == 0 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(limit);
  std::string document;
  XmlWriter xml(document);
  xml.open("ListAllMyBucketsResult");
  xml.open("Buckets");
  const std::string prefix(call.query.get("prefix"));
  version::PageRequest page{
      .prefix = prefix, .after = std::string(call.query.get("continuation-token")), .amount = kPage};
  std::string next;  // "": nothing is left
  for (std::size_t shown = 0; shown < wanted;) {
    page.amount = std::min(kPage, wanted - shown);
    ASSIGN_OR_REPLY(call, const auto repositories, call.lake().engine.repositories.list(page, ""));
    for (const version::Repository& repository : repositories.items) {
      xml.open("Bucket");
      xml.element("CreationDate", to_xml_time(repository.creation_date));
      xml.element("Name", repository.name.str());
      xml.close();
    }
    shown += repositories.items.size();
    next = repositories.has_more ? repositories.items.back().name.str() : std::string();
    if (next.empty()) break;
    page.after = next;
  }
  xml.close();
  xml.open("Owner");
  xml.element("DisplayName", call.principal.user_id);
  xml.element("ID", call.principal.user_id);
  xml.close();
  if (!next.empty()) xml.element("ContinuationToken", next);
  if (!prefix.empty()) xml.element("Prefix", prefix);
  xml.close();
  return xml_reply(std::move(document));
}

http::Response head_bucket(Call& call) {
  http::Response response = empty_reply(200);
  response.headers.add("x-amz-bucket-region", call.parts.settings.region);
  response.content_length_without_body = 0;
  return response;
}

http::Response get_bucket_location(Call& call) {
  const std::string& region = call.parts.settings.region;
  std::string document;
  XmlWriter xml(document);
  xml.open("LocationConstraint", kXmlNamespace);
  document += region == "us-east-1" ? "" : region;  // a region's name needs no escaping
  xml.close();
  return xml_reply(std::move(document));
}

http::Response get_bucket_versioning(Call&) {
  std::string document;
  XmlWriter xml(document);
  xml.open("VersioningConfiguration", kXmlNamespace);
  xml.close();
  return xml_reply(std::move(document));
}

// A repository below the configured storage namespace.
http::Response create_bucket(Call& call) {
  const std::string& name = call.target.repository;
  const std::string& prefix = call.parts.settings.create_bucket_namespace_prefix;
  version::Repositories& repositories = call.lake().engine.repositories;
  if (const auto present = repositories.get(version::RepositoryName(name)); present) {
    return error_reply(call, "BucketAlreadyExists");
  } else if (present.error().code != Code::not_found) {
    return error_reply(call, present.error());
  }
  if (prefix.empty()) return error_reply(call, "NotImplemented");
  // A bucket's name must be one of S3's too.
  if (!version::check_repository_name(name) || name.ends_with('-')) {
    return error_reply(call, "InvalidBucketName");
  }
  // Somebody who relies on locks must not believe to have them.
  if (call.header("x-amz-bucket-object-lock-enabled") == "true") {
    return error_reply(call,
                       s3_error("NotImplemented", "Objects cannot be locked: protect a branch instead"));
  }

  version::NewRepository wanted;
  wanted.name = version::RepositoryName(name);
  wanted.storage_namespace = block::join({prefix}, name);
  const auto made = repositories.create(wanted);
  if (!made && made.error().code == Code::already_exists) return error_reply(call, "BucketAlreadyExists");
  if (!made) return error_reply(call, made.error());
  http::Response response = empty_reply(200);
  response.headers.add("Location", "/" + name);
  return response;
}

// Where buckets are made through S3 they go through S3 too, but never what somebody committed.
http::Response delete_bucket(Call& call) {
  if (call.parts.settings.create_bucket_namespace_prefix.empty()) {
    return error_reply(call, s3_error("ERRLakeFSNotSupported"), Told::nothing);
  }
  ASSIGN_OR_REPLY(call, const bool is_empty, holds_nothing(call));
  if (!is_empty) return error_reply(call, "BucketNotEmpty");
  const auto removed = call.lake().engine.repositories.remove(call.repository.name, /*force=*/false);
  if (!removed) return error_reply(call, write_error(removed.error()));
  return empty_reply(204);
}

}  // namespace mere::s3
