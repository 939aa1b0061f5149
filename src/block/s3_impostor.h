// For tests and benchmarks only: S3 in this process, as far as the driver asks for it, with hooks to
// misbehave. It does not check signatures (the real service of the tests does), and lists as fast as it can.
#pragma once

#include <fmt/format.h>

#include <charconv>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/time_format.h"
#include "base/xml.h"
#include "http/test_client.h"

namespace mere::block::testing {

class S3Impostor {
 public:
  struct Object {
    std::string bytes;
    std::string etag;  // without quotes
    std::string write_id;
  };
  struct Seen {
    std::string method, path, query;  // the path decoded
    http::Headers headers;
    std::string query_value(std::string_view name) const {
      const auto pairs = http::parse_query(query);
      for (const auto& [key, value] : *pairs)
        if (key == name) return value;
      return {};
    }
    bool has_query(std::string_view name) const {
      const auto pairs = http::parse_query(query);
      for (const auto& [key, value] : *pairs)
        if (key == name) return true;
      return false;
    }
  };
  // Answers instead of the impostor; or after it has acted, replacing its answer.
  using Hook = std::function<std::optional<http::Response>(const Seen&)>;

  explicit S3Impostor(Hook before = {}, Hook after = {})
      : before_(std::move(before)),
        after_(std::move(after)),
        server_({}, [this](http::Request request) { return answer(std::move(request)); }) {}

  std::string endpoint() const { return fmt::format("http://127.0.0.1:{}", server_.port()); }

  void put(const std::string& path, std::string bytes) {  // "/bucket/key"
    std::lock_guard lock(mutex_);
    std::string etag = to_hex(md5(bytes));
    objects_[path] = {std::move(bytes), std::move(etag), {}};
  }
  std::optional<Object> get(const std::string& path) const {
    std::lock_guard lock(mutex_);
    const auto found = objects_.find(path);
    if (found == objects_.end()) return std::nullopt;
    return found->second;
  }
  std::size_t uploads() const {
    std::lock_guard lock(mutex_);
    return uploads_.size();
  }
  std::vector<Seen> seen() const {
    std::lock_guard lock(mutex_);
    return seen_;
  }
  int count(std::string_view method, std::string_view query = "") const {
    int number = 0;
    for (const Seen& request : seen())
      number += request.method == method && request.query.find(query) != std::string::npos;
    return number;
  }

  static http::Response error(int status, std::string_view code, std::string_view more = "") {
    http::Response response;
    response.status = status;
    response.headers.add("x-amz-request-id", "IMPOSTOR-1");
    response.body = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>as "
        "told</Message>{}</Error>",
        code, more);
    return response;
  }

 private:
  struct Upload {
    std::string path, write_id;
    std::map<int, Object> parts;
  };

  Task<http::Response> answer(http::Request request) {
    Result<std::string> body = co_await http::read_all(request.body.get(), 64u << 20);
    if (!body) co_return error(400, "IncompleteBody");
    Seen seen{request.method, *percent_decode(request.path), request.query, request.headers};
    {
      std::lock_guard lock(mutex_);
      seen_.push_back(seen);
    }
    if (before_) {
      if (auto instead = before_(seen)) co_return *std::move(instead);
    }
    http::Response response = act(seen, *std::move(body));
    if (after_) {
      if (auto instead = after_(seen)) co_return *std::move(instead);
    }
    co_return response;
  }

  http::Response act(const Seen& seen, std::string body) {
    std::lock_guard lock(mutex_);
    if (seen.method == "GET" && seen.has_query("list-type")) return list(seen);
    if (seen.has_query("uploads")) {
      const std::string id = fmt::format("upload-{}", ++last_upload_);
      uploads_[id] = {seen.path, std::string(seen.headers.get("x-amz-meta-mere-write")), {}};
      return xml("<InitiateMultipartUploadResult><UploadId>" + id +
                 "</UploadId></InitiateMultipartUploadResult>");
    }
    if (seen.has_query("uploadId")) return upload(seen, std::move(body));
    if (seen.method == "PUT") return put_object(seen, std::move(body));
    const auto found = objects_.find(seen.path);
    if (seen.method == "DELETE") {
      if (found != objects_.end()) objects_.erase(found);
      http::Response response;
      response.status = 204;
      return response;
    }
    if (seen.path.find('/', 1) == std::string::npos) return {};  // HEAD of a bucket
    if (found == objects_.end()) return error(404, "NoSuchKey");
    return read(seen, found->second);
  }

  static http::Response xml(std::string text) {
    http::Response response;
    response.body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + std::move(text);
    return response;
  }

  http::Response put_object(const Seen& seen, std::string body) {
    if (seen.headers.get("If-None-Match") == "*" && objects_.contains(seen.path))
      return error(412, "PreconditionFailed");
    if (const std::string* source = seen.headers.find("x-amz-copy-source")) {
      const auto from = objects_.find(*percent_decode(*source));
      if (from == objects_.end()) return error(404, "NoSuchKey");
      objects_[seen.path] = from->second;
      return xml("<CopyObjectResult><ETag>\"" + from->second.etag + "\"</ETag></CopyObjectResult>");
    }
    const std::string digest = md5(body);
    if (seen.headers.get("Content-MD5") != to_base64(digest)) return error(400, "BadDigest");
    objects_[seen.path] = {std::move(body), to_hex(digest),
                           std::string(seen.headers.get("x-amz-meta-mere-write"))};
    http::Response response;
    response.headers.add("ETag", "\"" + to_hex(digest) + "\"");
    return response;
  }

  http::Response upload(const Seen& seen, std::string body) {
    const auto found = uploads_.find(seen.query_value("uploadId"));
    if (found == uploads_.end() || found->second.path != seen.path) return error(404, "NoSuchUpload");
    if (seen.method == "DELETE") {
      uploads_.erase(found);
      http::Response response;
      response.status = 204;
      return response;
    }
    if (seen.method == "PUT") {
      if (const std::string* source = seen.headers.find("x-amz-copy-source")) {
        const std::string& whole = objects_.at(*percent_decode(*source)).bytes;
        const auto [first, last] = range_of(seen.headers.get("x-amz-copy-source-range"));
        body = whole.substr(first, last - first + 1);
      }
      const std::string etag = to_hex(md5(body));
      int number = 0;
      const std::string text = seen.query_value("partNumber");
      std::from_chars(text.data(), text.data() + text.size(), number);
      found->second.parts[number] = {std::move(body), etag, {}};
      if (seen.headers.contains("x-amz-copy-source"))
        return xml("<CopyPartResult><ETag>\"" + etag + "\"</ETag></CopyPartResult>");
      http::Response response;
      response.headers.add("ETag", "\"" + etag + "\"");
      return response;
    }
    if (seen.method == "GET") {
      std::string parts;
      for (const auto& [number, part] : found->second.parts)
        parts += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>\"{}\"</ETag><Size>{}</Size></Part>",
                             number, part.etag, part.bytes.size());
      return xml("<ListPartsResult>" + parts + "<IsTruncated>false</IsTruncated></ListPartsResult>");
    }
    if (seen.headers.get("If-None-Match") == "*" && objects_.contains(seen.path))
      return error(412, "PreconditionFailed");
    std::string bytes, digests;
    const auto document = parse_xml(body);
    if (!document) return error(400, "MalformedXML");
    for (const XmlElement& part : document->children) {
      int number = 0;
      const std::string_view text = part.text_of("PartNumber");
      std::from_chars(text.data(), text.data() + text.size(), number);
      const auto one = found->second.parts.find(number);
      if (one == found->second.parts.end() || part.text_of("ETag") != "\"" + one->second.etag + "\"")
        return error(400, "InvalidPart");
      bytes += one->second.bytes;
      digests += *from_hex(one->second.etag);
    }
    const std::string etag = to_hex(md5(digests)) + "-" + std::to_string(document->children.size());
    objects_[seen.path] = {std::move(bytes), etag, found->second.write_id};
    uploads_.erase(found);
    return xml("<CompleteMultipartUploadResult><ETag>\"" + etag +
               "\"</ETag></CompleteMultipartUploadResult>");
  }

  static std::pair<std::uint64_t, std::uint64_t> range_of(std::string_view text) {
    std::uint64_t first = 0, last = 0;
    const char* end = text.data() + text.size();
    const auto dash = std::from_chars(text.data() + std::string_view("bytes=").size(), end, first);
    std::from_chars(dash.ptr + 1, end, last);
    return {first, last};
  }

  static http::Response read(const Seen& seen, const Object& object) {
    http::Response response;
    response.headers.add("ETag", "\"" + object.etag + "\"");
    response.headers.add("Last-Modified", "Thu, 26 Nov 2026 12:00:00 GMT");
    if (!object.write_id.empty()) response.headers.add("x-amz-meta-mere-write", object.write_id);
    if (seen.headers.contains("If-Match") && seen.headers.get("If-Match") != "\"" + object.etag + "\"")
      return error(412, "PreconditionFailed");
    if (seen.method == "HEAD") {
      response.content_length_without_body = object.bytes.size();
      return response;
    }
    response.body = object.bytes;
    if (const std::string* range = seen.headers.find("Range")) {
      auto [first, last] = range_of(*range);
      if (first >= object.bytes.size()) return error(416, "InvalidRange");
      last = std::min<std::uint64_t>(last, object.bytes.size() - 1);
      response.status = 206;
      response.headers.add("Content-Range", fmt::format("bytes {}-{}/{}", first, last, object.bytes.size()));
      response.body = object.bytes.substr(first, last - first + 1);
    }
    return response;
  }

  http::Response list(const Seen& seen) const {
    const std::string bucket = seen.path.substr(0, seen.path.find('/', 1)) + "/";
    const std::string prefix = bucket + seen.query_value("prefix");
    const bool delimited = seen.has_query("delimiter");
    std::size_t limit = 1000;
    const std::string max_keys = seen.query_value("max-keys");
    std::from_chars(max_keys.data(), max_keys.data() + max_keys.size(), limit);
    std::string after = seen.query_value("continuation-token");
    if (after.empty()) after = seen.query_value("start-after");
    std::string text = "<ListBucketResult>", folders;
    auto next =
        after.empty() ? objects_.lower_bound(prefix) : objects_.upper_bound(std::max(prefix, bucket + after));
    std::size_t count = 0;
    std::string last;
    while (next != objects_.end() && next->first.starts_with(prefix) && count < limit) {
      const std::size_t slash = delimited ? next->first.find('/', prefix.size()) : std::string::npos;
      if (slash == std::string::npos) {
        last = next->first.substr(bucket.size());
        fmt::format_to(
            std::back_inserter(text),
            "<Contents><Key>{}</Key><LastModified>2026-11-26T12:00:00.000Z</LastModified>"
            "<ETag>&quot;{}&quot;</ETag><Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>",
            percent_encode(last, "/"), next->second.etag, next->second.bytes.size());
        ++next;
      } else {
        std::string folder = next->first.substr(0, slash + 1);
        if (folder.substr(bucket.size()) > after)
          folders += "<CommonPrefixes><Prefix>" + percent_encode(folder.substr(bucket.size()), "/") +
                     "</Prefix></CommonPrefixes>";
        folder.back() = '/' + 1;
        next = objects_.lower_bound(folder);
        last = folder.substr(bucket.size());  // everything of the folder is before it
        last.back() = '/';
        last += "\xf4\x8f\xbf\xbf";
      }
      ++count;
    }
    const bool more = next != objects_.end() && next->first.starts_with(prefix);
    text += folders + "<EncodingType>url</EncodingType><IsTruncated>" + (more ? "true" : "false") +
            "</IsTruncated>";
    if (more) text += "<NextContinuationToken>" + last + "</NextContinuationToken>";
    return xml(text + "</ListBucketResult>");
  }

  const Hook before_, after_;
  mutable std::mutex mutex_;
  std::map<std::string, Object> objects_;
  std::map<std::string, Upload> uploads_;
  int last_upload_ = 0;
  std::vector<Seen> seen_;
  http::testing::RunningServer server_;
};

}  // namespace mere::block::testing
