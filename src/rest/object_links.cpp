#include "rest/object_links.h"

#include "base/encoding.h"
#include "base/hash.h"
#include "base/time_format.h"
#include "rest/object_headers.h"
#include "rest/reply.h"
#include "transfer/object_body.h"
#include "transfer/pump.h"
#include "transfer/range.h"

namespace mere::rest {
namespace {

using lake::ObjectLink;
using transfer::ByteRange;
using transfer::content_range;
using transfer::object_body;
using transfer::parse_range;
using transfer::ParsedRange;

constexpr std::size_t kChunkBytes = 256u << 10;

http::Response wrong_method(std::string_view allowed) {
  http::Response response = error_reply(405, "this link is for other methods");
  response.headers.add("Allow", std::string(allowed));
  return response;
}

// RFC 6266: a name in UTF-8, percent-encoded.
std::string disposition(const ObjectLink& link) {
  return link.file_name.empty() ? "attachment"
                                : "attachment; filename*=UTF-8''" + percent_encode(link.file_name);
}

// Fills `into` unless the body ends before.
Task<Result<std::size_t>> read_full(http::BodyReader& body, std::span<std::byte> into) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const Result<std::size_t> got = co_await body.read(into.subspan(filled));
    if (!got) co_return got.error();
    if (*got == 0) break;
    filled += *got;
  }
  co_return filled;
}

// A writer of what the link is for. An object's address is written once: see finish().
Result<std::unique_ptr<block::Writer>> open_writer(block::Store& store, const ObjectLink& link,
                                                   std::optional<std::uint64_t> size_bytes) {
  if (link.kind == ObjectLink::Kind::put_part)
    return store.upload_part(link.address, link.upload_id, link.part_number);
  return store.create(link.address,
                      {.md5 = false, .must_be_absent = true, .expected_size_bytes = size_bytes});
}

// The MD5 of what was sent. Whoever did not hear of their success sends again, and is told it.
Result<std::string> finish(const block::Store& store, const ObjectLink& link, block::Writer& writer,
                           const std::string& sent_md5) {
  const auto written = writer.finish();
  if (written) return sent_md5;
  if (written.error().code != Code::already_exists) return written.error();
  ASSIGN_OR_RETURN(const std::string there, block::content_md5(store, link.address));
  if (there == sent_md5) return there;
  return Error{Code::conflict, "there are other bytes at this address already"};
}

}  // namespace

Task<http::Response> ObjectLinks::handle(http::Request request) {
  const auto link = lake_.presigner.check(request.path);
  if (!link) co_return error_reply(link.error());
  if (link->kind == ObjectLink::Kind::get) {
    if (request.method != "GET" && request.method != "HEAD") co_return wrong_method("GET, HEAD");
    auto work = [&] { return read(request, *link); };
    co_return co_await offload(workers_, *request.executor, work);
  }
  if (request.method != "PUT") co_return wrong_method("PUT");
  co_return co_await write(request, *link);
}

http::Response ObjectLinks::read(const http::Request& request, const ObjectLink& link) {
  auto opened = lake_.store.open(link.address);
  if (!opened && opened.error().code == Code::not_found) return error_reply(404, "No data");
  if (!opened) return error_reply(opened.error());
  const std::shared_ptr<const block::Reader> reader = *std::move(opened);
  const std::uint64_t size = reader->properties().size_bytes;

  const std::string etag = link.etag.empty() ? std::string() : "\"" + link.etag + "\"";
  if (!etag.empty() && request.headers.get("If-None-Match") == etag) return empty_reply(304);
  http::Response response;
  ByteRange range{0, size};
  if (const std::string* wanted = request.headers.find("Range")) {
    const ParsedRange parsed = parse_range(*wanted, size);
    if (!parsed.range) {
      response = error_reply(416, "Requested Range Not Satisfiable");
      response.headers.add("Content-Range", "bytes */" + std::to_string(size));
      return response;
    }
    range = *parsed.range;
    response.status = 206;
    response.headers.add("Content-Range", content_range(range, size));
  }
  if (!etag.empty()) response.headers.add("ETag", etag);
  response.headers.add("Last-Modified", to_http_date(reader->properties().last_modified));
  response.headers.add("Accept-Ranges", "bytes");
  response.headers.add("Content-Type",
                       link.content_type.empty() ? "application/octet-stream" : link.content_type);
  response.headers.add("Content-Disposition", disposition(link));
  add_protective_headers(response.headers);
  if (request.method == "HEAD") {
    response.content_length_without_body = range.length;
  } else {
    response.body = object_body(reader, range.offset, range.length, workers_, *request.executor);
  }
  return response;
}

Task<http::Response> ObjectLinks::write(http::Request& request, const ObjectLink& link) {
  const std::uint64_t limit = lake_.presigner.max_put_bytes(link);
  const auto too_large = [&] {
    return error_reply(413, "at most " + std::to_string(limit) + " bytes may be sent here");
  };
  if (request.content_length && *request.content_length > limit) co_return too_large();

  std::unique_ptr<block::Writer> writer;
  auto open = [&]() -> Status {
    ASSIGN_OR_RETURN(writer, open_writer(lake_.store, link, request.content_length));
    return {};
  };
  if (const Status opened = co_await offload(workers_, *request.executor, open); !opened)
    co_return error_reply(opened.error());

  Digest digest = Digest::md5();
  std::uint64_t total = 0;
  std::vector<std::byte> buffer(kChunkBytes);
  for (bool more = request.body != nullptr; more;) {
    const auto got = co_await read_full(*request.body, buffer);
    if (!got) co_return error_reply(got.error());
    total += *got;
    if (total > limit) co_return too_large();
    more = *got == buffer.size();
    auto append = [&] {
      const std::span<const std::byte> bytes(buffer.data(), *got);
      digest.update(bytes);
      return writer->append(bytes);
    };
    if (const Status appended = co_await offload(workers_, *request.executor, append); !appended)
      co_return error_reply(appended.error());
  }

  const std::string md5 = digest.finish();
  if (const std::string* wanted = request.headers.find("Content-MD5"); wanted && from_base64(*wanted) != md5)
    co_return error_reply(400, "the body is not what Content-MD5 says");
  auto end = [&] { return finish(lake_.store, link, *writer, to_hex(md5)); };
  const auto etag = co_await offload(workers_, *request.executor, end);
  if (!etag) co_return error_reply(etag.error());
  http::Response response = empty_reply(200);
  response.headers.add("ETag", "\"" + *etag + "\"");
  co_return response;
}

}  // namespace mere::rest
