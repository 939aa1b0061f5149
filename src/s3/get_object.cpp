// GetObject, HeadObject (contract: S3 gateway, section 9).
#include "base/time_format.h"
#include "lake/entry_address.h"
#include "lake/own_metadata.h"
#include "s3/access.h"
#include "s3/conditions.h"
#include "s3/object_headers.h"
#include "s3/operations.h"
#include "s3/part_range.h"
#include "s3/reply.h"
#include "transfer/object_body.h"
#include "transfer/range.h"

namespace mere::s3 {
namespace {

using transfer::ByteRange;

constexpr std::chrono::seconds kRedirectExpiry{15 * 60};

struct Wanted {
  ByteRange range;
  bool is_partial = false;
  int parts = 0;  // asked for by part number: how many there are
  std::size_t part_index = 0;
};

// A Range header that cannot be read is no header; one that begins past the end is an error. If-Range keeps
// it only for the object that the client has seen.
Outcome<Wanted> wanted_range(const Call& call, const tree::Entry& entry) {
  const auto size = static_cast<std::uint64_t>(entry.size_bytes);
  Wanted wanted{{0, size}};
  const std::string* header = call.request.headers.find("Range");
  const std::string* number = call.query.find("partNumber");
  if (number != nullptr) {
    if (header != nullptr) {
      return s3_error("InvalidRequest", "Cannot specify both Range header and partNumber query parameter");
    }
    const auto part = part_range(entry, *number);
    if (!part) return part.error();
    return Wanted{part->range, true, part->parts, part->index};
  }
  if (header == nullptr) return wanted;
  if (const std::string* known = call.request.headers.find("If-Range")) {
    const auto date = from_http_date(*known);
    const bool same =
        date ? entry.last_modified.seconds <= date->seconds : names_etag(*known, etag_of(entry));
    if (!same) return wanted;
  }
  const auto parsed = transfer::parse_range(*header, size);
  if (parsed.range) return Wanted{*parsed.range, true};
  if (parsed.error.past_the_end) return s3_error("InvalidRange");
  return wanted;
}

http::Response invalid_range(const Call& call, const S3Error& error, const tree::Entry& entry) {
  http::Response response = error_reply(call, error);
  if (error.code == "InvalidRange") {
    response.headers.add("Content-Range", "bytes */" + std::to_string(entry.size_bytes));
  }
  return response;
}

http::Response not_modified(const tree::Entry& entry) {
  http::Response response = empty_reply(304);
  response.headers.add("ETag", etag_of(entry));
  response.headers.add("Last-Modified", to_http_date(entry.last_modified));
  return response;
}

// The whole answer but its body.
http::Response head_of(const Call& call, const tree::Entry& entry, const Wanted& wanted) {
  http::Response response = empty_reply(wanted.is_partial ? 206 : 200);
  http::Headers& headers = response.headers;
  headers.add("Accept-Ranges", "bytes");
  headers.add("ETag", etag_of(entry));
  headers.add("Last-Modified", to_http_date(entry.last_modified));
  add_object_headers(headers, entry, call.query);
  const bool is_whole = wanted.range.length == static_cast<std::uint64_t>(entry.size_bytes);
  if (http::equal_ignoring_case(call.header("x-amz-checksum-mode"), "ENABLED")) {
    if (wanted.parts > 0) {
      add_part_checksum_headers(headers, entry, wanted.part_index);
    } else if (is_whole) {
      add_checksum_headers(headers, entry);
    }
  }
  if (const std::string* version = call.query.find("versionId")) headers.add("x-amz-version-id", *version);
  if (wanted.parts > 0) headers.add("x-amz-mp-parts-count", std::to_string(wanted.parts));
  if (wanted.is_partial && wanted.range.length > 0) {
    headers.add("Content-Range", "bytes " + std::to_string(wanted.range.offset) + "-" +
                                     std::to_string(wanted.range.offset + wanted.range.length - 1) + "/" +
                                     std::to_string(entry.size_bytes));
  }
  return response;
}

// lakeFS's own clients ask to be sent to the store itself; where it cannot be reached so, they get the bytes.
std::optional<http::Response> redirect_to_store(const Call& call, const tree::Entry& entry) {
  if (call.header("User-Agent").find("s3RedirectionSupport") == std::string_view::npos) return std::nullopt;
  const block::Address address = lake::address_of(call.repository, entry);
  if (!call.lake().store.capabilities(address.storage_id).presign) return std::nullopt;
  const auto url = call.lake().store.presign(address, {block::PresignMethod::get, kRedirectExpiry});
  if (!url) return error_reply(call, url.error());
  http::Response response = empty_reply(307);
  response.headers.add("Location", *url);
  return response;
}

}  // namespace

http::Response head_object(Call& call) {
  ASSIGN_OR_REPLY(call, const tree::Entry entry, find_object(call));
  switch (check_conditions(call.request.headers, "", entry)) {
    case Verdict::failed:
      return error_reply(call, "PreconditionFailed");
    case Verdict::not_modified:
      return not_modified(entry);
    case Verdict::holds:
      break;
  }
  const auto wanted = wanted_range(call, entry);
  if (!wanted) return invalid_range(call, wanted.error(), entry);
  http::Response response = head_of(call, entry, *wanted);
  response.content_length_without_body = wanted->range.length;
  return response;
}

http::Response get_object(Call& call) {
  ASSIGN_OR_REPLY(call, const tree::Entry entry, find_object(call));
  switch (check_conditions(call.request.headers, "", entry)) {
    case Verdict::failed:
      return error_reply(call, "PreconditionFailed");
    case Verdict::not_modified:
      return not_modified(entry);
    case Verdict::holds:
      break;
  }
  const auto wanted = wanted_range(call, entry);
  if (!wanted) return invalid_range(call, wanted.error(), entry);
  if (auto redirect = redirect_to_store(call, entry)) return *std::move(redirect);
  auto reader = call.lake().objects.open(call.repository, entry);
  if (!reader) return error_reply(call, read_error(reader.error()));

  http::Response response = head_of(call, entry, *wanted);
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("X-Frame-Options", "SAMEORIGIN");
  response.headers.add("Content-Security-Policy", "default-src 'none'");
  response.body = transfer::object_body(*std::move(reader), wanted->range.offset, wanted->range.length,
                                        call.parts.workers, *call.request.executor);
  return response;
}

}  // namespace mere::s3
