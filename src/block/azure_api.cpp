#include "block/azure_api.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/random.h"
#include "base/text.h"
#include "base/time_format.h"
#include "base/xml.h"

namespace mere::block {
namespace {

constexpr std::string_view kMetadata = "x-ms-meta-";
constexpr std::string_view kPageSize = "5000";  // the most there is
// Of a page: some 40 elements a blob.
constexpr XmlLimits kPageLimits{.max_bytes = 64u << 20, .max_depth = 16, .max_elements = 500'000};

std::string hex_of_base64(std::string_view text) {
  const auto raw = from_base64(text);
  return raw && !raw->empty() ? to_hex(*raw) : std::string();
}

std::string_view unquoted(std::string_view etag) {
  if (etag.size() >= 2 && etag.starts_with('"') && etag.ends_with('"'))
    return etag.substr(1, etag.size() - 2);
  return etag;
}

// What multipart uploads keep, else the digest, else the version: that too changes with the bytes.
std::string etag_of(const std::map<std::string, std::string>& metadata, std::string_view content_md5,
                    std::string_view version) {
  const auto kept = metadata.find(std::string(kAzureEtag));
  if (kept != metadata.end()) return kept->second;
  std::string digest = hex_of_base64(content_md5);
  return digest.empty() ? std::string(unquoted(version)) : digest;
}

// A blob of a list: how it is there.
Result<AzureBlob> blob_of(const XmlElement& element) {
  AzureBlob blob;
  blob.name = element.text_of("Name");
  if (blob.name.empty()) return Error{Code::corrupt, "a blob without a name"};
  const XmlElement* properties = element.child("Properties");
  if (properties == nullptr) return Error{Code::corrupt, "a blob without properties"};
  if (const XmlElement* metadata = element.child("Metadata")) {
    for (const XmlElement& pair : metadata->children) blob.head.metadata[ascii_lower(pair.name)] = pair.text;
  }
  Properties& found = blob.head.properties;
  const auto size = parse_integer<std::uint64_t>(properties->text_of("Content-Length"));
  if (!size) return Error{Code::corrupt, "a blob without a size"};
  found.size_bytes = *size;
  found.last_modified = from_http_date(properties->text_of("Last-Modified")).value_or(Timestamp{});
  blob.head.version = properties->text_of("Etag");
  found.etag = etag_of(blob.head.metadata, properties->text_of("Content-MD5"), blob.head.version);
  found.storage_class = properties->text_of("AccessTier");
  return blob;
}

}  // namespace

std::string azure_uri(const AzureAddress& address) {
  return address.base + address.container + "/" + address.blob;
}

AzureHead AzureApi::head_of(const http::Headers& headers) {
  AzureHead head;
  for (const auto& [name, value] : headers) {
    std::string key = ascii_lower(name);
    if (key.starts_with(kMetadata)) head.metadata[key.substr(kMetadata.size())] = value;
  }
  head.version = headers.get("ETag");
  head.copy_status = headers.get("x-ms-copy-status");
  // Of a range, Content-MD5 would be the range's.
  std::string_view md5 = headers.get("x-ms-blob-content-md5");
  if (md5.empty() && !headers.contains("Content-Range")) md5 = headers.get("Content-MD5");
  head.properties.etag = etag_of(head.metadata, md5, head.version);
  head.properties.last_modified = from_http_date(headers.get("Last-Modified")).value_or(Timestamp{});
  head.properties.storage_class = headers.get("x-ms-access-tier");
  return head;
}

RemoteRequest AzureApi::get_request(const AzureAddress& blob) {
  return {.what = "read " + azure_uri(blob), .method = "GET", .bucket = blob.container, .key = blob.blob};
}

Result<AzureHead> AzureApi::head(const AzureAddress& blob) const {
  const RemoteRequest request{
      .what = "look at " + azure_uri(blob), .method = "HEAD", .bucket = blob.container, .key = blob.blob};
  ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.require(request));
  AzureHead head = head_of(answer.headers);
  head.properties.size_bytes = answer.content_length.value_or(0);
  return head;
}

Status AzureApi::put(const AzureAddress& blob, RemoteRequest request, const AzurePut& put) const {
  std::map<std::string, std::string> metadata = put.metadata;
  std::string write_id;
  if (put.must_be_absent) {
    request.headers.set("If-None-Match", "*");
    write_id = random_uuid(system_random());
    metadata[std::string(kAzureWriteId)] = write_id;
  }
  for (const auto& [name, value] : metadata) request.headers.set(std::string(kMetadata) + name, value);
  ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.send(request));
  if (answer.is_success()) return {};
  Error error = client_.error_of(request, answer);
  if (!put.must_be_absent || (answer.status != 409 && answer.status != 412)) return error;
  if (error.code != Code::already_exists && error.code != Code::precondition_failed) return error;
  if (answer.was_repeated) {  // then it may be this very write that is in its way
    ASSIGN_OR_RETURN(const AzureHead there, head(blob));
    const auto found = there.metadata.find(std::string(kAzureWriteId));
    if (found != there.metadata.end() && found->second == write_id) return {};
  }
  return Error{Code::already_exists, fmt::format("there is an object '{}' already", azure_uri(blob))};
}

Status AzureApi::put_blob(const AzureAddress& blob, std::shared_ptr<const Payload> payload,
                          const AzurePut& options) const {
  RemoteRequest request{.what = "write " + azure_uri(blob),
                        .method = "PUT",
                        .bucket = blob.container,
                        .key = blob.blob,
                        .payload = std::move(payload)};
  request.headers.set("x-ms-blob-type", "BlockBlob");
  request.headers.set("Content-Type", "application/octet-stream");
  if (!options.md5.empty()) request.headers.set("Content-MD5", to_base64(options.md5));
  return put(blob, std::move(request), options);
}

Status AzureApi::put_block(const AzureAddress& blob, const std::string& block_id,
                           std::shared_ptr<const Payload> payload) const {
  RemoteRequest request{.what = "write a part of " + azure_uri(blob),
                        .method = "PUT",
                        .bucket = blob.container,
                        .key = blob.blob,
                        .query = {{"comp", "block"}, {"blockid", to_base64(block_id)}},
                        .payload = payload};
  ASSIGN_OR_RETURN(const std::string md5, payload_md5(*payload));
  request.headers.set("Content-MD5", to_base64(md5));
  RETURN_IF_ERROR(client_.require(request));
  return {};
}

Status AzureApi::put_block_list(const AzureAddress& blob, std::span<const std::string> ids,
                                const AzurePut& options) const {
  std::string document;
  XmlWriter xml(document);
  xml.open("BlockList");
  for (const std::string& id : ids) xml.element("Latest", to_base64(id));
  xml.close();
  RemoteRequest request{.what = "write " + azure_uri(blob),
                        .method = "PUT",
                        .bucket = blob.container,
                        .key = blob.blob,
                        .query = {{"comp", "blocklist"}},
                        .payload = make_payload(std::move(document))};
  request.headers.set("x-ms-blob-content-type", "application/octet-stream");
  request.headers.set("Content-Type", "application/xml");
  if (!options.md5.empty()) request.headers.set("x-ms-blob-content-md5", to_base64(options.md5));
  return put(blob, std::move(request), options);
}

Result<std::vector<AzureBlock>> AzureApi::uncommitted_blocks(const AzureAddress& blob) const {
  const RemoteRequest request{.what = "list the parts of " + azure_uri(blob),
                              .method = "GET",
                              .bucket = blob.container,
                              .key = blob.blob,
                              .query = {{"comp", "blocklist"}, {"blocklisttype", "uncommitted"}},
                              .answer_limit = kPageLimits.max_bytes};
  ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.send(request));
  if (answer.status == 404) return std::vector<AzureBlock>();
  if (!answer.is_success()) return client_.error_of(request, answer);
  const auto damaged = [&](std::string_view why) {
    return Error{Code::corrupt, fmt::format("cannot {}: the answer {}", request.what, why)};
  };
  const auto document = parse_xml(answer.body, kPageLimits);
  if (!document || document->name != "BlockList") return damaged("is no list of blocks");
  std::vector<AzureBlock> blocks;
  const XmlElement* uncommitted = document->child("UncommittedBlocks");
  if (uncommitted == nullptr) return blocks;
  for (const XmlElement& element : uncommitted->children) {
    auto id = from_base64(element.text_of("Name"));
    const auto size = parse_integer<std::uint64_t>(element.text_of("Size"));
    if (!id || !size) return damaged("has a block without a name or a size");
    blocks.push_back({*std::move(id), *size});
  }
  return blocks;
}

Status AzureApi::remove(const AzureAddress& blob) const {
  RemoteRequest request{
      .what = "remove " + azure_uri(blob), .method = "DELETE", .bucket = blob.container, .key = blob.blob};
  request.headers.set("x-ms-delete-snapshots", "include");
  ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.send(request));
  if (answer.is_success() || answer.status == 404) return {};
  return client_.error_of(request, answer);
}

Result<AzureHead> AzureApi::copy(const std::string& source_url, const AzureAddress& from,
                                 const AzureAddress& to) const {
  RemoteRequest request{.what = "copy " + azure_uri(from) + " to " + azure_uri(to),
                        .method = "PUT",
                        .bucket = to.container,
                        .key = to.blob,
                        .payload = make_payload("")};
  request.headers.set("x-ms-copy-source", source_url);
  ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.require(request));
  return head_of(answer.headers);
}

Result<AzurePage> AzureApi::list(const std::string& container, const std::string& prefix, bool delimited,
                                 const std::string& marker) const {
  RemoteRequest request{.what = fmt::format("list {} below '{}'", container, prefix),
                        .method = "GET",
                        .bucket = container,
                        .key = "",
                        .query = {{"restype", "container"},
                                  {"comp", "list"},
                                  {"include", "metadata"},
                                  {"maxresults", std::string(kPageSize)}},
                        .answer_limit = kPageLimits.max_bytes};
  if (!prefix.empty()) request.query.emplace_back("prefix", prefix);
  if (delimited) request.query.emplace_back("delimiter", "/");
  if (!marker.empty()) request.query.emplace_back("marker", marker);
  ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.require(request));

  const auto document = parse_xml(answer.body, kPageLimits);
  const XmlElement* blobs = document ? document->child("Blobs") : nullptr;
  if (blobs == nullptr) {
    return Error{Code::corrupt, fmt::format("cannot {}: the answer is no list of blobs{}", request.what,
                                            document ? "" : ": " + document.error().message)};
  }
  AzurePage page;
  page.next = document->text_of("NextMarker");
  for (const XmlElement& element : blobs->children) {
    if (element.name == "BlobPrefix") {
      AzureBlob& folder = page.blobs.emplace_back();
      folder.name = element.text_of("Name");
      folder.is_prefix = true;
      continue;
    }
    auto blob = blob_of(element);
    if (!blob) return with_context("cannot " + request.what, std::move(blob).error());
    page.blobs.push_back(*std::move(blob));
  }
  // With a delimiter, an emulator lists the folders after the blobs.
  if (delimited) {
    std::sort(page.blobs.begin(), page.blobs.end(),
              [](const AzureBlob& a, const AzureBlob& b) { return a.name < b.name; });
  }
  return page;
}

Result<AzureDelegationKey> AzureApi::delegation_key(Timestamp from, Timestamp until) const {
  std::string body;
  XmlWriter xml(body);
  xml.open("KeyInfo");
  xml.element("Start", azure_time(from));
  xml.element("Expiry", azure_time(until));
  xml.close();
  RemoteRequest request{.what = "get a key for URLs",
                        .method = "POST",
                        .bucket = "",
                        .key = "",
                        .query = {{"restype", "service"}, {"comp", "userdelegationkey"}},
                        .payload = make_payload(std::move(body))};
  request.headers.set("Content-Type", "application/xml");
  ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.require(request));
  ASSIGN_OR_RETURN(const XmlElement document, parse_xml(answer.body));
  const auto expires = from_rfc3339(document.text_of("SignedExpiry"));
  auto raw = from_base64(document.text_of("Value"));
  if (!expires || !raw || raw->empty())
    return Error{Code::corrupt, "the answer to 'get a key for URLs' holds no key"};
  return AzureDelegationKey{.object_id = std::string(document.text_of("SignedOid")),
                            .tenant_id = std::string(document.text_of("SignedTid")),
                            .starts = std::string(document.text_of("SignedStart")),
                            .ends = std::string(document.text_of("SignedExpiry")),
                            .expires = *expires,
                            .service = std::string(document.text_of("SignedService")),
                            .version = std::string(document.text_of("SignedVersion")),
                            .key = *std::move(raw)};
}

}  // namespace mere::block
