#include "rest/object_links.h"

#include <memory>
#include <optional>

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

// What is put in the making, as transfer::pump() fills it.
class Linking {
 public:
  Linking(lake::Lake& lake, const ObjectLink& link, const http::Request& request)
      : lake_(lake),
        link_(link),
        limit_(lake.presigner.max_put_bytes(link)),
        announced_(request.content_length),
        wanted_md5_(request.headers.find("Content-MD5")) {
    // A part's writer makes its own, which is known too late to refuse the part.
    if (!is_part() || wanted_md5_ != nullptr) digest_ = Digest::md5();
  }

  // An object's address is written once: see finish().
  Status open() {
    if (announced_.value_or(0) > limit_) return too_large();
    if (is_part()) {
      ASSIGN_OR_RETURN(writer_, lake_.store.upload_part(link_.address, link_.upload_id, link_.part_number));
    } else {
      const block::WriteOptions once{.md5 = false, .must_be_absent = true, .expected_size_bytes = announced_};
      ASSIGN_OR_RETURN(writer_, lake_.store.create(link_.address, once));
    }
    return {};
  }

  Status append(const block::SharedBytes& shared) {
    total_ += shared.bytes.size();
    if (total_ > limit_) return too_large();
    if (digest_) digest_->update(shared.bytes);
    return writer_->append_shared(shared);
  }

  // The MD5 of what was sent.
  Result<std::string> close() {
    const std::string md5 = digest_ ? digest_->finish() : std::string();
    if (wanted_md5_ != nullptr && from_base64(*wanted_md5_) != md5)
      return Error{Code::invalid_argument, "the body is not what Content-MD5 says"};
    const auto written = writer_->finish();
    if (written) return is_part() ? written->md5 : to_hex(md5);
    // Whoever did not hear of their success sends again, and is told it.
    if (is_part() || written.error().code != Code::already_exists) return written.error();
    ASSIGN_OR_RETURN(const std::string there, block::content_md5(lake_.store, link_.address));
    if (there == to_hex(md5)) return there;
    return Error{Code::conflict, "there are other bytes at this address already"};
  }

 private:
  bool is_part() const { return link_.kind == ObjectLink::Kind::put_part; }
  Error too_large() const {
    return {Code::too_large, "at most " + std::to_string(limit_) + " bytes may be sent here"};
  }

  lake::Lake& lake_;
  const ObjectLink& link_;
  const std::uint64_t limit_;
  const std::optional<std::uint64_t> announced_;
  const std::string* wanted_md5_;
  std::optional<Digest> digest_;
  std::unique_ptr<block::Writer> writer_;
  std::uint64_t total_ = 0;
};

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
  Linking linking(lake_, link, request);
  const auto etag = co_await transfer::pump(request.body.get(), request.content_length, workers_,
                                            *request.executor, request.memory, linking);
  if (!etag) co_return error_reply(etag.error());
  http::Response response = empty_reply(200);
  response.headers.add("ETag", "\"" + *etag + "\"");
  co_return response;
}

}  // namespace mere::rest
