// Tags of objects: kept in the entry's metadata, and so versioned as everything else of it.
#include "base/xml.h"
#include "s3/access.h"
#include "s3/object_headers.h"
#include "s3/operations.h"
#include "s3/reply.h"
#include "s3/tag_set.h"

namespace mere::s3 {
namespace {

Refusal replace_tags(Call& call, const Tags& tags) {
  const auto branch = branch_to_write(call);
  if (!branch) return branch.error();
  const auto change = [&](version::Metadata& metadata) { set_tags(metadata, tags); };
  const auto changed =
      call.lake().objects.change_metadata(call.repository, *branch, call.target.path, change);
  if (changed) return std::nullopt;
  return changed.error().code == Code::not_found ? s3_error("NoSuchKey") : write_error(changed.error());
}

}  // namespace

Outcome<Tags> parse_tag_set(std::string_view document) {
  const auto parsed = parse_xml(document);
  const XmlElement* set = parsed ? parsed->child("TagSet") : nullptr;
  if (set == nullptr) return s3_error("MalformedXML");
  Tags tags;
  for (const XmlElement& tag : set->children) {
    if (tag.name == "Tag") tags.emplace_back(tag.text_of("Key"), tag.text_of("Value"));
  }
  return check_tags(std::move(tags));
}

http::Response get_object_tagging(Call& call) {
  ASSIGN_OR_REPLY(call, const tree::Entry entry, find_object(call));
  std::string document;
  XmlWriter xml(document);
  xml.open("Tagging", kXmlNamespace);
  xml.open("TagSet");
  for (const auto& [key, value] : tags_of(entry.metadata)) {
    xml.open("Tag");
    xml.element("Key", key);
    xml.element("Value", value);
    xml.close();
  }
  xml.close();
  xml.close();
  return xml_reply(std::move(document));
}

http::Response put_object_tagging(Call& call) {
  ASSIGN_OR_REPLY(call, const Tags tags, parse_tag_set(call.document));
  REPLY_IF_REFUSED(call, replace_tags(call, tags));
  return empty_reply(200);
}

http::Response delete_object_tagging(Call& call) {
  REPLY_IF_REFUSED(call, replace_tags(call, {}));
  return empty_reply(204);
}

}  // namespace mere::s3
