// Access control lists: there is one owner, and what he may grant is nothing. Enough for tools
// that read a list before they copy, and write it back.
#include "base/xml.h"
#include "s3/access.h"
#include "s3/operations.h"
#include "s3/reply.h"

namespace mere::s3 {
namespace {

bool grants_nothing(std::string_view canned) {
  return canned.empty() || canned == "private" || canned == "bucket-owner-full-control" ||
         canned == "bucket-owner-read";
}

S3Error lists_not_supported() {
  return s3_error("AccessControlListNotSupported");
}

}  // namespace

http::Response get_bucket_acl(Call& call) {
  const std::string& owner = call.principal.user_id;
  std::string document;
  XmlWriter xml(document);
  xml.open("AccessControlPolicy", kXmlNamespace);
  xml.open("Owner");
  xml.element("ID", owner);
  xml.element("DisplayName", owner);
  xml.close();
  xml.open("AccessControlList");
  xml.open("Grant");
  // xsi:type says what kind of grantee it is; some clients do not read a grant without it.
  document.append(
      R"(<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">)");
  xml.element("ID", owner);
  xml.element("DisplayName", owner);
  document.append("</Grantee>");
  xml.element("Permission", "FULL_CONTROL");
  xml.close();
  xml.close();
  xml.close();
  return xml_reply(std::move(document));
}

http::Response get_object_acl(Call& call) {
  ASSIGN_OR_REPLY(call, const tree::Entry entry, find_object(call));
  return get_bucket_acl(call);
}

http::Response put_object_acl(Call& call) {
  ASSIGN_OR_REPLY(call, const tree::Entry entry, find_object(call));
  if (!grants_nothing(call.header("x-amz-acl"))) return error_reply(call, lists_not_supported());
  for (const std::string_view header : {"x-amz-grant-read", "x-amz-grant-write", "x-amz-grant-read-acp",
                                        "x-amz-grant-write-acp", "x-amz-grant-full-control"}) {
    if (call.request.headers.contains(header)) return error_reply(call, lists_not_supported());
  }
  if (call.document.empty()) return empty_reply(200);
  const auto parsed = parse_xml(call.document);
  const XmlElement* list = parsed ? parsed->child("AccessControlList") : nullptr;
  if (list == nullptr) return error_reply(call, "MalformedACLError");
  for (const XmlElement& grant : list->children) {
    const XmlElement* grantee = grant.child("Grantee");
    if (grantee == nullptr || grantee->text_of("ID") != call.principal.user_id) {
      return error_reply(call, lists_not_supported());
    }
  }
  return empty_reply(200);
}

}  // namespace mere::s3
