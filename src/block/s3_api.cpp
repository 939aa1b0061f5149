#include "block/s3_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>

#include "base/encoding.h"
#include "base/time_format.h"
#include "block/multipart.h"

namespace mere::block {
namespace {

constexpr char kWriteId[] = "x-amz-meta-mere-write";
constexpr std::string_view kCopySource = "x-amz-copy-source";

RemoteRequest request_for(std::string_view what, std::string method, const S3Address& object) {
  return {.what = fmt::format("{} {}", what, s3_uri(object)),
          .method = std::move(method),
          .bucket = object.bucket,
          .key = object.key};
}

void add_md5(RemoteRequest& request, const std::string& md5) {
  if (!md5.empty()) request.headers.set("Content-MD5", to_base64(md5));
}

// The service's ETag of what it stored is its MD5, unless it keeps it encrypted with a key of its own.
Status check_stored(const RemoteRequest& request, const RemoteAnswer& answer, const std::string& md5) {
  const std::string etag = unquoted_etag(answer.headers.get("ETag"));
  if (md5.empty() || etag.size() != 32 || !from_hex(etag)) return {};
  if (answer.headers.get("x-amz-server-side-encryption").starts_with("aws:")) return {};
  if (etag == to_hex(md5)) return {};
  return Error{Code::corrupt,
               fmt::format("cannot {}: the service stored other bytes (MD5 {}) than were sent ({})",
                           request.what, etag, to_hex(md5))};
}

void add_copy_source(RemoteRequest& request, const S3Address& from, const std::string& etag) {
  request.headers.set(kCopySource, "/" + from.bucket + "/" + percent_encode(from.key, "/"));
  if (!etag.empty()) request.headers.set("x-amz-copy-source-if-match", "\"" + etag + "\"");
}

// Some services list a part that was uploaded again once more.
std::vector<Part> latest_of_each(std::vector<Part> parts) {
  std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
    return std::tie(a.number, a.last_modified) < std::tie(b.number, b.last_modified);
  });
  std::vector<Part> latest;
  for (Part& part : parts) {
    if (!latest.empty() && latest.back().number == part.number) latest.pop_back();
    latest.push_back(std::move(part));
  }
  return latest;
}

template <class T>
T number_of(std::string_view text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

std::string s3_uri(const S3Address& address) {
  return "s3://" + address.bucket + (address.key.empty() ? "" : "/" + address.key);
}

std::string unquoted_etag(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  std::string lower(etag);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

Result<XmlElement> parse_s3_answer(const RemoteRequest& request, const RemoteAnswer& answer) {
  auto document = parse_xml(answer.body, {.max_bytes = 16u << 20});
  if (document) return document;
  return Error{Code::corrupt, fmt::format("cannot {}: the answer is no XML that can be read: {}",
                                          request.what, document.error().message)};
}

Properties S3Api::properties_of(const http::Headers& headers) {
  Properties properties;
  properties.etag = unquoted_etag(headers.get("ETag"));
  properties.last_modified = from_http_date(headers.get("Last-Modified")).value_or(Timestamp{});
  const std::string_view storage_class = headers.get("x-amz-storage-class");
  properties.storage_class = storage_class.empty() ? "STANDARD" : storage_class;
  return properties;
}

RemoteRequest S3Api::get_request(const S3Address& object) const {
  return request_for("read", "GET", object);
}

void S3Api::add_encryption(http::Headers& headers) const {
  if (encryption_.algorithm.empty()) return;
  headers.set("x-amz-server-side-encryption", encryption_.algorithm);
  if (!encryption_.kms_key_id.empty())
    headers.set("x-amz-server-side-encryption-aws-kms-key-id", encryption_.kms_key_id);
}

Result<S3Api::Head> S3Api::head(const S3Address& object) const {
  const RemoteRequest request = request_for("look at", "HEAD", object);
  ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.require(request));
  Head head{properties_of(answer.headers), std::string(answer.headers.get(kWriteId))};
  if (!answer.content_length)
    return Error{Code::corrupt, fmt::format("cannot {}: the answer has no length", request.what)};
  head.properties.size_bytes = *answer.content_length;
  return head;
}

Status S3Api::head_bucket(const std::string& bucket) const {
  RETURN_IF_ERROR(client_.require(request_for("find the bucket", "HEAD", {bucket, ""})));
  return {};
}

Status S3Api::put(const S3Address& object, std::shared_ptr<const Payload> payload,
                  const S3PutOptions& options) const {
  RemoteRequest request = request_for("write", "PUT", object);
  request.payload = std::move(payload);
  request.headers.set("Content-Type", "application/octet-stream");
  add_md5(request, options.md5);
  add_encryption(request.headers);
  if (!options.write_id.empty()) request.headers.set(kWriteId, options.write_id);
  if (options.must_be_absent) request.headers.set("If-None-Match", "*");
  ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.send(request));
  if (answer.status == 412 && options.must_be_absent) return put_conflict(object, options, answer);
  if (!answer.is_success()) return client_.error_of(request, answer);
  return check_stored(request, answer, options.md5);
}

// What is there may be this write's own: an attempt whose answer was lost.
Status S3Api::put_conflict(const S3Address& object, const S3PutOptions& options,
                           const RemoteAnswer& answer) const {
  if (answer.was_repeated && !options.write_id.empty()) {
    const auto there = head(object);
    if (there && there->write_id == options.write_id) return {};
    if (!there && there.error().code != Code::not_found) return there.error();
  }
  return Error{Code::already_exists, fmt::format("there is an object '{}' already", s3_uri(object))};
}

Status S3Api::remove(const S3Address& object) const {
  const RemoteRequest request = request_for("remove", "DELETE", object);
  ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.send(request));
  if (answer.is_success()) return {};
  Error error = client_.error_of(request, answer);
  if (answer.status == 404 && error.message.find("NoSuchBucket") == std::string::npos) return {};
  return error;
}

Result<std::string> S3Api::copy(const S3Address& from, const std::string& source_etag,
                                const S3Address& to) const {
  RemoteRequest request = request_for(fmt::format("copy {} to", s3_uri(from)), "PUT", to);
  add_copy_source(request, from, source_etag);
  add_encryption(request.headers);
  ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.require(request));
  ASSIGN_OR_RETURN(const XmlElement document, parse_s3_answer(request, answer));
  return unquoted_etag(document.text_of("ETag"));
}

Result<S3Page> S3Api::list(const S3ListRequest& list) const {
  RemoteRequest request = request_for("list", "GET", {list.bucket, ""});
  request.what = fmt::format("list s3://{}/{}", list.bucket, list.prefix);
  request.answer_limit = 16u << 20;
  request.query = {{"list-type", "2"}, {"max-keys", std::to_string(list.max_keys)}, {"encoding-type", "url"}};
  if (!list.prefix.empty()) request.query.emplace_back("prefix", list.prefix);
  if (list.delimited) request.query.emplace_back("delimiter", "/");
  if (!list.continuation.empty()) {
    request.query.emplace_back("continuation-token", list.continuation);
  } else if (!list.start_after.empty()) {
    request.query.emplace_back("start-after", list.start_after);
  }
  ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.require(request));
  ASSIGN_OR_RETURN(const XmlElement document, parse_s3_answer(request, answer));

  S3Page page;
  const bool encoded = document.text_of("EncodingType") == "url";
  const std::string base = "s3://" + list.bucket + "/";
  const auto address_of = [&](std::string_view key) -> Result<Address> {
    if (!encoded) return Address{base + std::string(key)};
    auto decoded = percent_decode(key, true);
    if (!decoded)
      return Error{Code::corrupt, fmt::format("cannot {}: the answer has the key '{}'", request.what, key)};
    return Address{base + *std::move(decoded)};
  };
  page.entries.reserve(document.children.size());
  for (const XmlElement& child : document.children) {
    if (child.name == "Contents") {
      Listed listed;
      ASSIGN_OR_RETURN(listed.address, address_of(child.text_of("Key")));
      listed.properties.size_bytes = number_of<std::uint64_t>(child.text_of("Size"));
      listed.properties.etag = unquoted_etag(child.text_of("ETag"));
      listed.properties.last_modified = from_rfc3339(child.text_of("LastModified")).value_or(Timestamp{});
      listed.properties.storage_class = child.text_of("StorageClass");
      page.entries.push_back(std::move(listed));
    } else if (child.name == "CommonPrefixes") {
      Listed listed;
      ASSIGN_OR_RETURN(listed.address, address_of(child.text_of("Prefix")));
      listed.is_folder = true;
      page.entries.push_back(std::move(listed));
    }
  }
  if (document.text_of("IsTruncated") == "true") {
    page.next = document.text_of("NextContinuationToken");
    if (page.next.empty())
      return Error{Code::corrupt,
                   fmt::format("cannot {}: the answer does not say how to go on", request.what)};
  }
  return page;
}

Result<std::string> S3Api::begin_upload(const S3Address& object, const std::string& write_id) const {
  RemoteRequest request = request_for("begin an upload to", "POST", object);
  request.query = {{"uploads", ""}};
  request.headers.set("Content-Type", "application/octet-stream");
  add_encryption(request.headers);
  if (!write_id.empty()) request.headers.set(kWriteId, write_id);
  ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.require(request));
  ASSIGN_OR_RETURN(const XmlElement document, parse_s3_answer(request, answer));
  std::string id(document.text_of("UploadId"));
  if (id.empty()) return Error{Code::corrupt, fmt::format("cannot {}: the answer has no id", request.what)};
  return id;
}

Result<std::string> S3Api::put_part(const S3Address& object, const std::string& upload_id, int number,
                                    std::shared_ptr<const Payload> payload, const std::string& md5) const {
  RemoteRequest request = request_for(fmt::format("upload part {} of", number), "PUT", object);
  request.query = {{"partNumber", std::to_string(number)}, {"uploadId", upload_id}};
  request.payload = std::move(payload);
  add_md5(request, md5);
  ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.require(request));
  RETURN_IF_ERROR(check_stored(request, answer, md5));
  std::string etag = unquoted_etag(answer.headers.get("ETag"));
  if (etag.empty())
    return Error{Code::corrupt, fmt::format("cannot {}: the answer has no ETag", request.what)};
  return etag;
}

Result<std::string> S3Api::copy_part(const S3Address& from, const std::string& source_etag,
                                     std::uint64_t first, std::uint64_t last, const S3Address& to,
                                     const std::string& upload_id, int number) const {
  RemoteRequest request = request_for(fmt::format("copy part {} of {} to", number, s3_uri(from)), "PUT", to);
  request.query = {{"partNumber", std::to_string(number)}, {"uploadId", upload_id}};
  add_copy_source(request, from, source_etag);
  request.headers.set("x-amz-copy-source-range", fmt::format("bytes={}-{}", first, last));
  ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.require(request));
  ASSIGN_OR_RETURN(const XmlElement document, parse_s3_answer(request, answer));
  return unquoted_etag(document.text_of("ETag"));
}

Result<std::vector<Part>> S3Api::list_parts(const S3Address& object, const std::string& upload_id) const {
  std::vector<Part> parts;
  for (std::string marker;;) {
    RemoteRequest request = request_for("list the parts of", "GET", object);
    request.query = {{"uploadId", upload_id}, {"max-parts", "1000"}};
    if (!marker.empty()) request.query.emplace_back("part-number-marker", marker);
    ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.require(request));
    ASSIGN_OR_RETURN(const XmlElement document, parse_s3_answer(request, answer));
    for (const XmlElement& child : document.children) {
      if (child.name != "Part") continue;
      parts.push_back({number_of<int>(child.text_of("PartNumber")),
                       number_of<std::uint64_t>(child.text_of("Size")), unquoted_etag(child.text_of("ETag")),
                       from_rfc3339(child.text_of("LastModified")).value_or(Timestamp{})});
    }
    const std::string next(document.text_of("NextPartNumberMarker"));
    if (document.text_of("IsTruncated") != "true") return latest_of_each(std::move(parts));
    if (next.empty() || next == marker || parts.size() > kMaxPartNumber)
      return Error{Code::corrupt,
                   fmt::format("cannot {}: the answer does not say how to go on", request.what)};
    marker = next;
  }
}

Result<S3Api::Completed> S3Api::complete(const S3Address& object, const std::string& upload_id,
                                         std::span<const SentPart> parts, bool must_be_absent) const {
  RemoteRequest request = request_for("complete the upload to", "POST", object);
  request.query = {{"uploadId", upload_id}};
  if (must_be_absent) request.headers.set("If-None-Match", "*");
  std::string body;
  XmlWriter xml(body);
  xml.open("CompleteMultipartUpload", "http://s3.amazonaws.com/doc/2006-03-01/");
  for (const SentPart& part : parts) {
    xml.open("Part");
    xml.element("PartNumber", std::int64_t{part.number});
    xml.element("ETag", "\"" + part.id + "\"");
    xml.close();
  }
  xml.close();
  request.headers.set("Content-Type", "application/xml");
  request.payload = make_payload(std::move(body));
  ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.send(request));
  if (answer.status == 404 && answer.was_repeated) return Completed{"", true};
  if (answer.status == 412 && must_be_absent)
    return Error{Code::already_exists, fmt::format("there is an object '{}' already", s3_uri(object))};
  ASSIGN_OR_RETURN(const RemoteAnswer completed, client_.accept(request, answer));
  ASSIGN_OR_RETURN(const XmlElement document, parse_s3_answer(request, completed));
  return Completed{unquoted_etag(document.text_of("ETag")), false};
}

Status S3Api::abort(const S3Address& object, const std::string& upload_id) const {
  RemoteRequest request = request_for("abort the upload to", "DELETE", object);
  request.query = {{"uploadId", upload_id}};
  ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.send(request));
  if (answer.is_success() || answer.status == 404) return {};
  return client_.error_of(request, answer);
}

}  // namespace mere::block
