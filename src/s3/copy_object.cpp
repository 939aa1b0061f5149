// CopyObject (contract: S3 gateway, section 10): bytes of their own, from any ref of any repository.
#include "base/xml.h"
#include "lake/own_metadata.h"
#include "s3/access.h"
#include "s3/conditions.h"
#include "s3/object_headers.h"
#include "s3/operations.h"
#include "s3/reply.h"
#include "tree/reserved_metadata.h"

namespace mere::s3 {
namespace {

enum class Directive { copy, replace };

Outcome<Directive> directive_of(const Call& call, std::string_view header, std::string_view message) {
  const std::string_view value = call.header(header);
  if (value.empty() || value == "COPY") return Directive::copy;
  if (value == "REPLACE") return Directive::replace;
  return s3_error("InvalidArgument", std::string(message));
}

// The copy's metadata: the source's or the request's, the tags apart, and what follows from the bytes always
// the source's.
Refusal replace_metadata(const Call& call, tree::Entry& entry) {
  const auto metadata = directive_of(call, "x-amz-metadata-directive", "Unknown metadata directive.");
  if (!metadata) return metadata.error();
  const auto tagging = directive_of(call, "x-amz-tagging-directive", "Unknown tagging directive.");
  if (!tagging) return tagging.error();
  auto headers = parse_object_headers(call.request.headers);
  if (!headers) return headers.error();

  const Tags tags = tags_of(*tagging == Directive::replace ? headers->metadata : entry.metadata);
  if (*metadata == Directive::replace) {
    for (const auto& [key, value] : entry.metadata) {
      if (tree::is_derived(key)) headers->metadata.insert_or_assign(key, value);
    }
    entry.metadata = std::move(headers->metadata);
    entry.content_type = std::move(headers->content_type);
  }
  set_tags(entry.metadata, tags);
  return std::nullopt;
}

}  // namespace

http::Response copy_object(Call& call) {
  ASSIGN_OR_REPLY(call, const auto branch, branch_to_write(call));
  ASSIGN_OR_REPLY(call, CopySource source, find_copy_source(call));
  REPLY_IF_REFUSED(call, replace_metadata(call, source.entry));
  ASSIGN_OR_REPLY(call, const auto write, write_options(call, branch));
  const auto copied = call.lake().objects.copy(source.repository, source.entry, call.repository, branch,
                                               call.target.path, write);
  if (!copied) return error_reply(call, write_error(copied.error()));

  std::string document;
  XmlWriter xml(document);
  xml.open("CopyObjectResult");
  xml.element("LastModified", to_xml_time(copied->last_modified));
  xml.element("ETag", etag_of(*copied));
  if (const auto checksum = lake::checksum_of(*copied)) {
    xml.element("Checksum" + std::string(name_of(checksum->algorithm)), checksum->value);
  }
  xml.close();
  return xml_reply(std::move(document));
}

}  // namespace mere::s3
