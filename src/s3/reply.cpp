#include "s3/reply.h"

#include "base/time_format.h"
#include "base/xml.h"

namespace mere::s3 {
namespace {

struct Place {
  std::string_view key;
  std::string_view bucket;
  std::string_view resource;
};

std::string error_document(const S3Error& error, const Place& place, std::string_view region,
                           std::string_view request_id) {
  std::string document;
  XmlWriter xml(document);
  xml.open("Error");
  xml.element("Code", error.code);
  xml.element("Message", error.message);
  if (!place.key.empty()) xml.element("Key", place.key);
  if (!place.bucket.empty()) xml.element("BucketName", place.bucket);
  xml.element("Resource", place.resource);
  if (!region.empty()) xml.element("Region", region);
  xml.element("RequestId", request_id);
  xml.element("HostId", request_id);
  xml.close();
  return document;
}

}  // namespace

http::Response empty_reply(int status) {
  http::Response response;
  response.status = status;
  return response;
}

http::Response xml_reply(std::string document, int status) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/xml");
  response.body = std::move(document);
  return response;
}

http::Response error_reply(const Call& call, const S3Error& error, Told told) {
  const Target& target = call.target;
  Place place;
  std::string resource;
  if (told == Told::target && target.level != Level::service) {
    place.bucket = target.repository;
    resource = target.repository;
    if (target.level != Level::bucket) {
      place.key = target.path;
      resource = target.ref + "@" + target.repository;
    }
    place.resource = resource;
  }
  return xml_reply(error_document(error, place, call.parts.settings.region, call.request_id), error.status);
}

http::Response error_reply(const S3Error& error, std::string_view region, std::string_view request_id) {
  return xml_reply(error_document(error, {}, region, request_id), error.status);
}

std::string to_xml_time(Timestamp time) {
  // to_rfc3339 leaves trailing zeros out; here there are always three digits.
  std::string text = to_rfc3339({time.seconds, 0});
  text.pop_back();
  const int millis = time.nanos / 1'000'000;
  text += {'.', static_cast<char>('0' + millis / 100), static_cast<char>('0' + millis / 10 % 10),
           static_cast<char>('0' + millis % 10), 'Z'};
  return text;
}

}  // namespace mere::s3
