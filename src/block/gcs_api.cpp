#include "block/gcs_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstring>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/json_writer.h"
#include "base/random.h"
#include "base/text.h"
#include "base/time_format.h"
#include "block/json_object.h"

namespace mere::block {
namespace {

namespace json = boost::json;

constexpr std::string_view kObjectFields = "name,size,md5Hash,etag,updated,generation,storageClass,metadata";
constexpr std::string_view kPageSize = "1000";  // the most there is

std::string object_path(const GcsAddress& object) {
  return "/storage/v1/b/" + percent_encode(object.bucket) + "/o/" + percent_encode(object.key);
}

// What multipart uploads keep, else the digest; composed objects have none, but their version changes with
// their bytes.
std::string etag_of(const std::map<std::string, std::string>& metadata, std::string_view md5,
                    std::string_view version) {
  const auto kept = metadata.find(std::string(kGcsEtag));
  if (kept != metadata.end()) return kept->second;
  const auto raw = from_base64(md5);
  if (raw && !raw->empty()) return to_hex(*raw);
  while (version.starts_with('"')) version.remove_prefix(1);
  while (version.ends_with('"')) version.remove_suffix(1);
  return std::string(version);
}

std::optional<GcsObject> object_of(const json::value& value) {
  const json::object* found = value.if_object();
  if (found == nullptr) return std::nullopt;
  GcsObject object;
  object.key = text_at(*found, "name");
  const auto size = parse_integer<std::uint64_t>(text_at(*found, "size"));
  if (object.key.empty() || !size) return std::nullopt;
  object.properties.size_bytes = *size;
  const auto updated = from_rfc3339(text_at(*found, "updated"));
  if (!updated) return std::nullopt;
  object.properties.last_modified = *updated;
  object.properties.storage_class = text_at(*found, "storageClass");
  object.generation = text_at(*found, "generation");
  if (const json::value* metadata = found->if_contains("metadata"); metadata && metadata->is_object()) {
    for (const auto& [name, text] : metadata->as_object())
      if (text.is_string()) object.metadata[std::string(name)] = std::string(text.as_string());
  }
  object.properties.etag = etag_of(object.metadata, text_at(*found, "md5Hash"), text_at(*found, "etag"));
  return object;
}

Result<json::value> parse_answer(const RemoteRequest& request, const RemoteAnswer& answer) {
  json::error_code failure;
  json::value value = json::parse(answer.body, failure);
  if (failure || !value.is_object())
    return Error{Code::corrupt, fmt::format("cannot {}: the answer is no JSON object", request.what)};
  return value;
}

Result<GcsObject> parse_object(const RemoteRequest& request, const json::value& value) {
  auto object = object_of(value);
  if (!object)
    return Error{Code::corrupt, fmt::format("cannot {}: the answer describes no object", request.what)};
  return *std::move(object);
}

void write_metadata(JsonWriter& writer, const std::map<std::string, std::string>& metadata) {
  writer.key("contentType");
  writer.string("application/octet-stream");
  if (metadata.empty()) return;
  writer.key("metadata");
  writer.begin_object();
  for (const auto& [name, value] : metadata) {
    writer.key(name);
    writer.string(value);
  }
  writer.end_object();
}

// A payload between two texts: the parts of a multipart/related body.
class Framed final : public Payload {
 public:
  Framed(std::string before, std::shared_ptr<const Payload> inner, std::string after)
      : before_(std::move(before)), inner_(std::move(inner)), after_(std::move(after)) {}
  std::uint64_t size_bytes() const override { return before_.size() + inner_->size_bytes() + after_.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    std::size_t done = 0;
    while (done < into.size() && offset < size_bytes()) {
      std::size_t count = 0;
      const std::uint64_t inner_end = before_.size() + inner_->size_bytes();
      if (offset < before_.size()) {
        count = copy_text(before_, offset, into.subspan(done));
      } else if (offset < inner_end) {
        ASSIGN_OR_RETURN(count, inner_->read_at(offset - before_.size(), into.subspan(done)));
        if (count == 0) return Error{Code::io_error, "bytes on their way to the store are gone"};
      } else {
        count = copy_text(after_, offset - inner_end, into.subspan(done));
      }
      done += count;
      offset += count;
    }
    return done;
  }

 private:
  static std::size_t copy_text(const std::string& text, std::uint64_t offset, std::span<std::byte> into) {
    const std::size_t count =
        std::min<std::size_t>(into.size(), text.size() - static_cast<std::size_t>(offset));
    std::memcpy(into.data(), text.data() + offset, count);
    return count;
  }

  const std::string before_;
  const std::shared_ptr<const Payload> inner_;
  const std::string after_;
};

}  // namespace

GcsApi::GcsApi(const RemoteClient& client, GcsEncryption encryption)
    : client_(client), encryption_(std::move(encryption)) {}

void GcsApi::add_key(http::Headers& headers) const {
  if (encryption_.customer_key.empty()) return;
  headers.set("x-goog-encryption-algorithm", "AES256");
  headers.set("x-goog-encryption-key", to_base64(encryption_.customer_key));
  headers.set("x-goog-encryption-key-sha256", to_base64(sha256(encryption_.customer_key)));
}

RemoteRequest GcsApi::get_request(const GcsAddress& object) const {
  RemoteRequest request{.what = "read " + gcs_uri(object),
                        .method = "GET",
                        .bucket = object.bucket,
                        .key = "/" + object.bucket + "/" + percent_encode(object.key, "/")};
  // Bytes as they are stored: an object with Content-Encoding: gzip would be unpacked on the way.
  request.headers.set("Accept-Encoding", "gzip");
  add_key(request.headers);
  return request;
}

Properties GcsApi::properties_of(const http::Headers& headers) {
  constexpr std::string_view kMeta = "x-goog-meta-";
  std::map<std::string, std::string> metadata;
  std::string_view md5;
  for (const auto& [name, value] : headers) {
    if (name.size() > kMeta.size() &&
        http::equal_ignoring_case(std::string_view(name).substr(0, kMeta.size()), kMeta) &&
        http::equal_ignoring_case(std::string_view(name).substr(kMeta.size()), kGcsEtag))
      metadata[std::string(kGcsEtag)] = value;
    if (!http::equal_ignoring_case(name, "x-goog-hash")) continue;
    // "crc32c=n03x6A==,md5=Ojk9c3dhfxgoKVVHYwFbHQ==", or a header for each.
    const std::size_t at = value.find("md5=");
    if (at == std::string::npos || (at > 0 && value[at - 1] != ',' && value[at - 1] != ' ')) continue;
    md5 = std::string_view(value).substr(at + 4);
    md5 = md5.substr(0, md5.find(','));
  }
  Properties properties;
  properties.etag = etag_of(metadata, md5, headers.get("ETag"));
  properties.last_modified = from_http_date(headers.get("Last-Modified")).value_or(Timestamp{});
  properties.storage_class = headers.get("x-goog-storage-class");
  return properties;
}

Result<GcsObject> GcsApi::stat(const GcsAddress& object) const {
  RemoteRequest request{.what = "look at " + gcs_uri(object),
                        .method = "GET",
                        .bucket = object.bucket,
                        .key = object_path(object),
                        .query = {{"fields", std::string(kObjectFields)}}};
  add_key(request.headers);
  ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.require(request));
  ASSIGN_OR_RETURN(const json::value value, parse_answer(request, answer));
  return parse_object(request, value);
}

Status GcsApi::put(const GcsAddress& object, RemoteRequest request, const GcsPut& options,
                   const std::string& write_id) const {
  if (options.must_be_absent) request.query.emplace_back("ifGenerationMatch", "0");
  add_key(request.headers);
  ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.send(request));
  if (answer.is_success()) return {};
  if (!options.must_be_absent || answer.status != 412) return client_.error_of(request, answer);
  if (answer.was_repeated) {  // then it may be this very write that is in its way
    ASSIGN_OR_RETURN(const GcsObject there, stat(object));
    const auto found = there.metadata.find(std::string(kGcsWriteId));
    if (found != there.metadata.end() && found->second == write_id) return {};
  }
  return Error{Code::already_exists, fmt::format("there is an object '{}' already", gcs_uri(object))};
}

Status GcsApi::insert(const GcsAddress& object, std::shared_ptr<const Payload> payload,
                      const GcsPut& options) const {
  std::map<std::string, std::string> metadata = options.metadata;
  const std::string write_id = random_uuid(system_random());
  if (options.must_be_absent) metadata[std::string(kGcsWriteId)] = write_id;
  std::string described;
  JsonWriter writer(described);
  writer.begin_object();
  writer.key("name");
  writer.string(object.key);
  if (!options.md5.empty()) {
    writer.key("md5Hash");
    writer.string(to_base64(options.md5));
  }
  write_metadata(writer, metadata);
  writer.end_object();

  const std::string boundary = "mere-" + write_id;  // nobody who chose the bytes could know it
  auto framed = std::make_shared<Framed>(
      fmt::format("--{}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{}\r\n--{}\r\n"
                  "Content-Type: application/octet-stream\r\n\r\n",
                  boundary, described, boundary),
      std::move(payload), fmt::format("\r\n--{}--\r\n", boundary));
  RemoteRequest request{.what = "write " + gcs_uri(object),
                        .method = "POST",
                        .bucket = object.bucket,
                        .key = "/upload/storage/v1/b/" + percent_encode(object.bucket) + "/o",
                        .query = {{"uploadType", "multipart"}, {"fields", "generation"}},
                        .payload = std::move(framed)};
  if (!encryption_.kms_key_id.empty()) request.query.emplace_back("kmsKeyName", encryption_.kms_key_id);
  request.headers.set("Content-Type", "multipart/related; boundary=" + boundary);
  return put(object, std::move(request), options, write_id);
}

Status GcsApi::compose(const GcsAddress& object, std::span<const GcsObject> sources,
                       const GcsPut& options) const {
  std::map<std::string, std::string> metadata = options.metadata;
  const std::string write_id = random_uuid(system_random());
  if (options.must_be_absent) metadata[std::string(kGcsWriteId)] = write_id;
  std::string body;
  JsonWriter writer(body);
  writer.begin_object();
  writer.key("sourceObjects");
  writer.begin_array();
  for (const GcsObject& source : sources) {
    writer.begin_object();
    writer.key("name");
    writer.string(source.key);
    if (!source.generation.empty()) {
      writer.key("generation");
      writer.string(source.generation);
    }
    writer.end_object();
  }
  writer.end_array();
  writer.key("destination");
  writer.begin_object();
  write_metadata(writer, metadata);
  writer.end_object();
  writer.end_object();
  RemoteRequest request{.what = "put the parts of " + gcs_uri(object) + " together",
                        .method = "POST",
                        .bucket = object.bucket,
                        .key = object_path(object) + "/compose",
                        .query = {{"fields", "generation"}},
                        .payload = make_payload(std::move(body))};
  if (!encryption_.kms_key_id.empty()) request.query.emplace_back("kmsKeyName", encryption_.kms_key_id);
  request.headers.set("Content-Type", "application/json");
  return put(object, std::move(request), options, write_id);
}

Status GcsApi::remove(const GcsAddress& object) const {
  const RemoteRequest request{.what = "remove " + gcs_uri(object),
                              .method = "DELETE",
                              .bucket = object.bucket,
                              .key = object_path(object)};
  ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.send(request));
  if (answer.is_success() || answer.status == 404) return {};
  return client_.error_of(request, answer);
}

Result<GcsObject> GcsApi::copy(const GcsAddress& from, const GcsAddress& to) const {
  RemoteRequest request{
      .what = "copy " + gcs_uri(from) + " to " + gcs_uri(to),
      .method = "POST",
      .bucket = from.bucket,
      .key = object_path(from) + "/rewriteTo" + object_path(to).substr(std::strlen("/storage/v1")),
      .payload = make_payload("")};
  if (!encryption_.kms_key_id.empty())
    request.query.emplace_back("destinationKmsKeyName", encryption_.kms_key_id);
  add_key(request.headers);
  if (!encryption_.customer_key.empty()) {
    for (const std::string_view name : {"algorithm", "key", "key-sha256"})
      request.headers.set(fmt::format("x-goog-copy-source-encryption-{}", name),
                          std::string(request.headers.get(fmt::format("x-goog-encryption-{}", name))));
  }
  const auto query = request.query;
  for (;;) {  // a large object is copied by several calls
    ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.require(request));
    ASSIGN_OR_RETURN(const json::value value, parse_answer(request, answer));
    const json::object& progress = value.as_object();
    if (const json::value* resource = progress.if_contains("resource"); resource != nullptr)
      return parse_object(request, *resource);
    const std::string token = text_at(progress, "rewriteToken");
    if (token.empty())
      return Error{Code::corrupt,
                   fmt::format("cannot {}: the answer has neither end nor token", request.what)};
    request.query = query;
    request.query.emplace_back("rewriteToken", token);
  }
}

Result<GcsPage> GcsApi::list(const std::string& bucket, const std::string& prefix, const std::string& start,
                             bool delimited, const std::string& page_token) const {
  RemoteRequest request{.what = fmt::format("list gs://{}/{}", bucket, prefix),
                        .method = "GET",
                        .bucket = bucket,
                        .key = "/storage/v1/b/" + percent_encode(bucket) + "/o",
                        .query = {{"maxResults", std::string(kPageSize)},
                                  {"fields", fmt::format("nextPageToken,prefixes,items({})", kObjectFields)}},
                        .answer_limit = 64u << 20};
  if (!prefix.empty()) request.query.emplace_back("prefix", prefix);
  if (!start.empty()) request.query.emplace_back("startOffset", start);
  if (delimited) request.query.emplace_back("delimiter", "/");
  if (!page_token.empty()) request.query.emplace_back("pageToken", page_token);
  ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.require(request));
  ASSIGN_OR_RETURN(const json::value value, parse_answer(request, answer));

  GcsPage page;
  page.next = text_at(value.as_object(), "nextPageToken");
  if (const json::value* items = value.as_object().if_contains("items"); items && items->is_array()) {
    for (const json::value& item : items->as_array()) {
      ASSIGN_OR_RETURN(GcsObject object, parse_object(request, item));
      page.objects.push_back(std::move(object));
    }
  }
  if (const json::value* prefixes = value.as_object().if_contains("prefixes");
      prefixes && prefixes->is_array()) {
    for (const json::value& name : prefixes->as_array()) {
      if (!name.is_string()) continue;
      GcsObject& folder = page.objects.emplace_back();
      folder.key = std::string(name.as_string());
      folder.is_prefix = true;
    }
  }
  if (delimited) {
    std::sort(page.objects.begin(), page.objects.end(),
              [](const GcsObject& a, const GcsObject& b) { return a.key < b.key; });
  }
  return page;
}

}  // namespace mere::block
