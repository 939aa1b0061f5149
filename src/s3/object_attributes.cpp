// GetObjectAttributes: what is known of an object without its bytes.
#include <algorithm>

#include "base/time_format.h"
#include "base/xml.h"
#include "lake/own_metadata.h"
#include "lake/part_checksums.h"
#include "lake/part_sizes.h"
#include "s3/access.h"
#include "s3/object_headers.h"
#include "s3/operations.h"
#include "s3/page_parameters.h"
#include "s3/part_range.h"
#include "s3/reply.h"

namespace mere::s3 {
namespace {

Outcome<std::vector<std::string>> wanted_attributes(const Call& call) {
  std::vector<std::string> wanted;
  std::string_view list = call.header("x-amz-object-attributes");
  while (!list.empty()) {
    std::string_view word = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), word.size() + 1));
    word.remove_prefix(std::min(word.find_first_not_of(" \t"), word.size()));
    word = word.substr(0, word.find_last_not_of(" \t") + 1);
    if (word != "ETag" && word != "Checksum" && word != "ObjectParts" && word != "StorageClass" &&
        word != "ObjectSize") {
      return s3_error("InvalidArgument", "Invalid attribute name specified.");
    }
    wanted.emplace_back(word);
  }
  if (wanted.empty())
    return s3_error("InvalidArgument", "Missing required header for this request: x-amz-object-attributes");
  return wanted;
}

void write_parts(XmlWriter& xml, const tree::Entry& entry, int marker, int limit) {
  const auto sizes = lake::part_sizes_of(entry);
  const int parts = lake::parts_of(entry);
  const auto checksum = lake::checksum_of(entry);
  const auto checksums = lake::part_checksums_of(entry);
  xml.open("ObjectParts");
  xml.element("PartsCount", parts);
  if (!sizes.empty()) {
    const int end = std::min<int>(parts, marker + limit);
    xml.element("PartNumberMarker", marker);
    xml.element("NextPartNumberMarker", std::max(marker, end));
    xml.element("MaxParts", limit);
    xml.element("IsTruncated", end < parts);
    for (int number = marker + 1; number <= end; ++number) {
      xml.open("Part");
      xml.element("PartNumber", number);
      xml.element("Size", sizes[static_cast<std::size_t>(number) - 1]);
      if (checksum && !checksums.empty()) {
        xml.element("Checksum" + std::string(name_of(checksum->algorithm)),
                    checksums[static_cast<std::size_t>(number) - 1]);
      }
      xml.close();
    }
  }
  xml.close();
}

}  // namespace

http::Response get_object_attributes(Call& call) {
  ASSIGN_OR_REPLY(call, const auto wanted, wanted_attributes(call));
  ASSIGN_OR_REPLY(call, const int limit, page_limit(call.header("x-amz-max-parts"), "x-amz-max-parts"));
  ASSIGN_OR_REPLY(call, const int marker,
                  number_or(call.header("x-amz-part-number-marker"), 0, "x-amz-part-number-marker"));
  ASSIGN_OR_REPLY(call, const tree::Entry entry, find_object(call));
  const auto wants = [&](std::string_view name) {
    return std::find(wanted.begin(), wanted.end(), name) != wanted.end();
  };

  std::string document;
  XmlWriter xml(document);
  xml.open("GetObjectAttributesResponse", kXmlNamespace);
  if (wants("ETag")) xml.element("ETag", lake::s3_etag(entry));
  if (const auto checksum = lake::checksum_of(entry); checksum && wants("Checksum")) {
    xml.open("Checksum");
    xml.element("Checksum" + std::string(name_of(checksum->algorithm)), checksum->value);
    xml.element("ChecksumType",
                checksum->type == lake::ChecksumType::composite ? "COMPOSITE" : "FULL_OBJECT");
    xml.close();
  }
  if (wants("ObjectParts") && lake::parts_of(entry) > 0) write_parts(xml, entry, marker, limit);
  if (wants("StorageClass")) xml.element("StorageClass", "STANDARD");
  if (wants("ObjectSize")) xml.element("ObjectSize", entry.size_bytes);
  xml.close();
  http::Response response = xml_reply(std::move(document));
  response.headers.add("Last-Modified", to_http_date(entry.last_modified));
  if (const std::string* version = call.query.find("versionId")) {
    response.headers.add("x-amz-version-id", *version);
  }
  return response;
}

}  // namespace mere::s3
