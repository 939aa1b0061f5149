// Uploads in parts, their beginning and end (contract: S3 gateway, section 11). What an upload is, and what a
// crash leaves of it, is lake::Multiparts'.

#include "base/encoding.h"
#include "base/text.h"
#include "base/xml.h"
#include "lake/multipart_repeat.h"
#include "s3/conditions.h"
#include "s3/multipart_parameters.h"
#include "s3/object_headers.h"
#include "s3/operations.h"
#include "s3/reply.h"

namespace mere::s3 {
namespace {

constexpr std::uint64_t kMinPartBytes = 5u << 20;
constexpr std::size_t kMaxParts = 10'000;

struct WantedChecksum {
  std::optional<ChecksumAlgorithm> algorithm;
  lake::ChecksumType type = lake::ChecksumType::composite;
};

Outcome<WantedChecksum> wanted_checksum(const Call& call) {
  WantedChecksum wanted;
  const std::string_view name = call.header("x-amz-checksum-algorithm");
  const std::string_view type = call.header("x-amz-checksum-type");
  if (name.empty()) {
    if (!type.empty()) {
      return s3_error(
          "InvalidRequest",
          "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.");
    }
    return wanted;
  }
  wanted.algorithm = parse_checksum_algorithm(name);
  if (!wanted.algorithm) return s3_error("InvalidRequest", "Checksum algorithm provided is unsupported.");
  const bool is_sha =
      *wanted.algorithm == ChecksumAlgorithm::sha1 || *wanted.algorithm == ChecksumAlgorithm::sha256;
  const bool is_crc64 = *wanted.algorithm == ChecksumAlgorithm::crc64nvme;
  if (type == "FULL_OBJECT" || (type.empty() && is_crc64)) wanted.type = lake::ChecksumType::full_object;
  const bool known = type.empty() || type == "FULL_OBJECT" || type == "COMPOSITE";
  if (!known || (is_sha && type == "FULL_OBJECT") || (is_crc64 && type == "COMPOSITE")) {
    return s3_error("InvalidRequest", "The checksum type cannot be used with the checksum algorithm.");
  }
  return wanted;
}

// The client's list; `InvalidPartOrder` and the like are found by the lake.
Outcome<std::vector<lake::CompletedPart>> parse_parts(const std::string& document) {
  const auto parsed = parse_xml(document);
  if (!parsed) return s3_error("MalformedXML");
  std::vector<lake::CompletedPart> parts;
  for (const XmlElement& element : parsed->children) {
    if (element.name != "Part") continue;
    lake::CompletedPart part;
    const auto number = parse_integer<int>(element.text_of("PartNumber"));
    if (!number) return s3_error("MalformedXML");
    part.number = *number;
    part.etag = element.text_of("ETag");
    std::erase(part.etag, '"');
    for (const XmlElement& child : element.children) {
      if (!child.name.starts_with("Checksum")) continue;
      const auto raw = from_base64(child.text);
      if (!raw) return s3_error("InvalidPart");
      part.checksum = *raw;
    }
    // Of a part that was sent again, the list may have both: the later one counts.
    if (!parts.empty() && parts.back().number == part.number) parts.pop_back();
    parts.push_back(std::move(part));
  }
  if (parts.empty() || parts.size() > kMaxParts) return s3_error("MalformedXML");
  return parts;
}

// What the client knows of the whole, raw: of its bytes, or over the parts' checksums ("<base64>-3"). "" if
// nothing was said.
Outcome<std::string> checksum_of_whole(const http::Headers& headers) {
  for (const auto algorithm :
       {ChecksumAlgorithm::crc32, ChecksumAlgorithm::crc32c, ChecksumAlgorithm::crc64nvme,
        ChecksumAlgorithm::sha1, ChecksumAlgorithm::sha256}) {
    const std::string* text = headers.find(checksum_header(algorithm));
    if (text == nullptr) continue;
    const auto raw = from_base64(std::string_view(*text).substr(0, text->find('-')));
    if (!raw || raw->size() != checksum_size_bytes(algorithm)) {
      return s3_error("InvalidRequest",
                      "Value for " + std::string(checksum_header(algorithm)) + " header is invalid.");
    }
    return *raw;
  }
  return std::string();
}

S3Error completion_error(const Error& error, lake::CompletionMistake mistake) {
  using enum lake::CompletionMistake;
  switch (mistake) {
    case order:
      return s3_error("InvalidPartOrder");
    case part:
      return s3_error("InvalidPart");
    case too_small:
      return s3_error("EntityTooSmall");
    case checksum:
      return s3_error("BadDigest");
    case size:
      return s3_error("InvalidRequest", error.message);
    case none:
      break;
  }
  if (error.code == Code::not_found && error.message.starts_with("branch")) return write_error(error);
  return upload_error(error);
}

}  // namespace

http::Response create_multipart_upload(Call& call) {
  ASSIGN_OR_REPLY(call, const auto branch, branch_to_write(call));
  ASSIGN_OR_REPLY(call, auto headers, parse_object_headers(call.request.headers));
  ASSIGN_OR_REPLY(call, const auto checksum, wanted_checksum(call));
  lake::MultipartOptions options;
  options.content_type = std::move(headers.content_type);
  options.metadata = std::move(headers.metadata);
  options.checksum = checksum.algorithm;
  options.checksum_type = checksum.type;
  const auto upload = call.lake().multiparts.begin(call.repository, branch, call.target.path, options);
  if (!upload) return error_reply(call, write_error(upload.error()));

  std::string document;
  XmlWriter xml(document);
  xml.open("InitiateMultipartUploadResult");
  xml.element("Bucket", call.target.repository);
  xml.element("Key", call.target.key());
  xml.element("UploadId", upload->name.id);
  xml.close();
  http::Response response = xml_reply(std::move(document));
  if (checksum.algorithm) {
    response.headers.add("x-amz-checksum-algorithm", std::string(mere::name_of(*checksum.algorithm)));
    response.headers.add("x-amz-checksum-type", std::string(name_of(checksum.type)));
  }
  return response;
}

http::Response complete_multipart_upload(Call& call) {
  ASSIGN_OR_REPLY(call, const auto name, upload_name(call));
  ASSIGN_OR_REPLY(call, const auto parts, parse_parts(call.document));
  lake::CompleteOptions options;
  if (const auto write = write_options(call, name.branch)) {
    options.if_absent = write->if_absent;
    options.if_identity = write->if_identity;
  } else {
    // A completion that is repeated meets what it made itself, and its conditions were judged then.
    ASSIGN_OR_REPLY(call, const bool again, lake::has_completed(call.lake(), call.repository, name, parts));
    if (!again) return error_reply(call, write.error());
  }
  options.min_part_bytes = kMinPartBytes;
  ASSIGN_OR_REPLY(call, options.checksum, checksum_of_whole(call.request.headers));
  lake::CompletionMistake mistake{};
  const auto entry = call.lake().multiparts.complete(call.repository, name, parts, options, &mistake);
  if (!entry) return error_reply(call, completion_error(entry.error(), mistake));

  const std::string folder = call.target.in_host ? "" : call.target.repository + "/";
  std::string document;
  XmlWriter xml(document);
  xml.open("CompleteMultipartUploadResult");
  xml.element("Location", std::string(call.request.secure ? "https://" : "http://") +
                              std::string(call.header("Host")) + "/" + folder +
                              percent_encode(call.target.key(), "/"));
  xml.element("Bucket", call.target.repository);
  xml.element("Key", call.target.key());
  xml.element("ETag", etag_of(*entry));
  if (const auto checksum = lake::checksum_of(*entry)) {
    xml.element("Checksum" + std::string(mere::name_of(checksum->algorithm)), checksum->value);
    xml.element("ChecksumType", name_of(checksum->type));
  }
  xml.close();
  return xml_reply(std::move(document));
}

http::Response abort_multipart_upload(Call& call) {
  ASSIGN_OR_REPLY(call, const auto name, upload_name(call));
  const auto aborted = call.lake().multiparts.abort(call.repository, name);
  if (!aborted) return error_reply(call, upload_error(aborted.error()));
  return empty_reply(204);
}

}  // namespace mere::s3
