// ListParts, ListMultipartUploads (contract: S3 gateway, section 11).
#include "base/encoding.h"
#include "base/xml.h"
#include "s3/list_token.h"
#include "s3/multipart_parameters.h"
#include "s3/operations.h"
#include "s3/page_parameters.h"
#include "s3/reply.h"

namespace mere::s3 {
namespace {

void write_owner(XmlWriter& xml, const Call& call, std::string_view element) {
  xml.open(element);
  xml.element("ID", call.principal.user_id);
  xml.element("DisplayName", call.principal.user_id);
  xml.close();
}

}  // namespace

http::Response list_parts(Call& call) {
  ASSIGN_OR_REPLY(call, const int limit, page_limit(call.query.get("max-parts"), "max-parts"));
  ASSIGN_OR_REPLY(call, const int marker,
                  number_or(call.query.get("part-number-marker"), 0, "part-number-marker"));
  ASSIGN_OR_REPLY(call, const auto upload, find_upload(call));
  version::Page<lake::UploadedPart> parts;
  if (limit > 0) {
    auto found =
        call.lake().multiparts.parts(call.repository, upload, marker, static_cast<std::size_t>(limit));
    if (!found) return error_reply(call, upload_error(found.error()));
    parts = *std::move(found);
  }

  std::string document;
  XmlWriter xml(document);
  xml.open("ListPartsResult", kXmlNamespace);
  xml.element("Bucket", call.target.repository);
  xml.element("Key", call.target.key());
  xml.element("UploadId", upload.name.id);
  xml.element("PartNumberMarker", marker);
  xml.element("NextPartNumberMarker", parts.items.empty() ? marker : parts.items.back().part.number);
  xml.element("MaxParts", limit);
  xml.element("IsTruncated", parts.has_more);
  const auto& algorithm = upload.options.checksum;
  if (algorithm) {
    xml.element("ChecksumAlgorithm", mere::name_of(*algorithm));
    xml.element("ChecksumType", name_of(upload.options.checksum_type));
  }
  for (const lake::UploadedPart& one : parts.items) {
    xml.open("Part");
    xml.element("PartNumber", one.part.number);
    xml.element("LastModified", to_xml_time(one.part.last_modified));
    xml.element("ETag", "\"" + one.part.etag + "\"");
    xml.element("Size", one.part.size_bytes);
    if (algorithm && !one.checksum.empty()) {
      xml.element("Checksum" + std::string(mere::name_of(*algorithm)), to_base64(one.checksum));
    }
    xml.close();
  }
  write_owner(xml, call, "Initiator");
  write_owner(xml, call, "Owner");
  xml.element("StorageClass", "STANDARD");
  xml.close();
  return xml_reply(std::move(document));
}

http::Response list_multipart_uploads(Call& call) {
  const Query& query = call.query;
  ASSIGN_OR_REPLY(call, const int limit, page_limit(query.get("max-uploads"), "max-uploads"));
  const bool url_encoding = query.get("encoding-type") == "url";
  const auto shown = [&](std::string_view key) { return url_encoding ? url_encoded(key) : std::string(key); };
  lake::ListUploads request;
  request.prefix = query.get("prefix");
  request.delimiter = query.get("delimiter");
  request.key_marker = query.get("key-marker");
  request.id_marker = query.get("upload-id-marker");
  request.amount = static_cast<std::size_t>(limit);
  lake::UploadsPage page;
  if (limit > 0) {
    ASSIGN_OR_REPLY(call, page, call.lake().multiparts.list(call.repository, request));
  }

  std::string document;
  XmlWriter xml(document);
  xml.open("ListMultipartUploadsResult", kXmlNamespace);
  xml.element("Bucket", call.target.repository);
  xml.element("KeyMarker", shown(request.key_marker));
  xml.element("UploadIdMarker", request.id_marker);
  if (page.has_more) {
    xml.element("NextKeyMarker", shown(page.next_key_marker));
    xml.element("NextUploadIdMarker", page.next_id_marker);
  }
  xml.element("MaxUploads", limit);
  xml.element("IsTruncated", page.has_more);
  if (!request.prefix.empty()) xml.element("Prefix", shown(request.prefix));
  if (!request.delimiter.empty()) xml.element("Delimiter", shown(request.delimiter));
  if (url_encoding) xml.element("EncodingType", "url");
  for (const lake::MultipartUpload& upload : page.uploads) {
    xml.open("Upload");
    xml.element("Key", shown(upload.name.key()));
    xml.element("UploadId", upload.name.id);
    write_owner(xml, call, "Initiator");
    write_owner(xml, call, "Owner");
    xml.element("StorageClass", "STANDARD");
    xml.element("Initiated", to_xml_time(upload.started));
    if (upload.options.checksum) {
      xml.element("ChecksumAlgorithm", mere::name_of(*upload.options.checksum));
      xml.element("ChecksumType", name_of(upload.options.checksum_type));
    }
    xml.close();
  }
  for (const std::string& prefix : page.common_prefixes) {
    xml.open("CommonPrefixes");
    xml.element("Prefix", shown(prefix));
    xml.close();
  }
  xml.close();
  return xml_reply(std::move(document));
}

}  // namespace mere::s3
