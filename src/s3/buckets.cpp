// Repositories as buckets (contract: S3 gateway, section 7).
#include "base/xml.h"
#include "s3/operations.h"
#include "s3/reply.h"
#include "version/names.h"

namespace mere::s3 {
namespace {

constexpr std::size_t kPage = 1000;

}  // namespace

http::Response list_buckets(Call& call) {
  std::string document;
  XmlWriter xml(document);
  xml.open("ListAllMyBucketsResult");
  xml.open("Buckets");
  version::PageRequest page{.prefix = std::string(call.query.get("prefix")), .after = {}, .amount = kPage};
  while (true) {
    ASSIGN_OR_REPLY(call, const auto repositories, call.lake().engine.repositories.list(page, ""));
    for (const version::Repository& repository : repositories.items) {
      xml.open("Bucket");
      xml.element("CreationDate", to_xml_time(repository.creation_date));
      xml.element("Name", repository.name.str());
      xml.close();
    }
    if (!repositories.has_more) break;
    page.after = repositories.items.back().name.str();
  }
  xml.close();
  xml.open("Owner");
  xml.element("DisplayName", call.principal.user_id);
  xml.element("ID", call.principal.user_id);
  xml.close();
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
  if (!version::check_repository_name(name)) return error_reply(call, "InvalidBucketName");

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

}  // namespace mere::s3
