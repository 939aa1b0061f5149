// UploadPart, UploadPartCopy (contract: S3 gateway, section 11).
#include "base/encoding.h"
#include "base/xml.h"
#include "s3/multipart_parameters.h"
#include "s3/operations.h"
#include "s3/reply.h"
#include "transfer/pump.h"
#include "transfer/range.h"

namespace mere::s3 {
namespace {

// The part in the making, as transfer::pump() fills it.
class PuttingPart {
 public:
  PuttingPart(Call& call, lake::MultipartUpload upload, int number)
      : call_(call), upload_(std::move(upload)), number_(number) {}

  Status open() {
    ASSIGN_OR_RETURN(writer_, call_.lake().multiparts.part(upload_, number_));
    return {};
  }

  Status append(const block::SharedBytes& bytes) { return writer_->append_shared(bytes); }

  Result<block::Written> close() {
    ASSIGN_OR_RETURN(block::Written written, writer_->finish());
    if (upload_.options.checksum) {
      RETURN_IF_ERROR(call_.lake().multiparts.keep_checksum(call_.repository, upload_, number_, written.md5,
                                                            checksum_of(*upload_.options.checksum)));
    }
    return written;
  }

 private:
  // As sent or as computed on the way; of no body, that of nothing.
  std::string checksum_of(ChecksumAlgorithm algorithm) const {
    if (call_.body != nullptr && call_.body->checksum()) return call_.body->checksum()->raw;
    return ContentChecksum(algorithm).finish();
  }

  Call& call_;
  const lake::MultipartUpload upload_;
  const int number_;
  std::unique_ptr<block::Writer> writer_;
};

// What x-amz-copy-source-range asks for: unlike a read's, it must lie within the source.
Outcome<transfer::ByteRange> copied_range(const Call& call, std::uint64_t size) {
  const std::string* header = call.request.headers.find("x-amz-copy-source-range");
  if (header == nullptr) return transfer::ByteRange{0, size};
  const auto dash = header->find('-');
  const auto parsed = transfer::parse_range(*header, std::uint64_t{1} << 62);
  if (!parsed.range || dash + 1 >= header->size() || header->starts_with("bytes=-")) {
    return s3_error("InvalidArgument",
                    "The x-amz-copy-source-range value must be of the form bytes=first-last where first and "
                    "last are the zero-based offsets of the first and last bytes to copy");
  }
  if (parsed.range->offset + parsed.range->length > size) return s3_error("InvalidRange");
  return *parsed.range;
}

}  // namespace

Task<http::Response> upload_part(Call& call) {
  const auto number = part_number(call);
  if (!number) co_return error_reply(call, number.error());
  auto find = [&] { return find_upload(call); };
  auto upload = co_await offload(call.parts.workers, *call.request.executor, find);
  if (!upload) co_return error_reply(call, upload.error());
  const auto algorithm = upload->options.checksum;
  if (algorithm && call.body) call.body->compute(*algorithm);

  PuttingPart putting(call, *std::move(upload), *number);
  const auto written = co_await transfer::pump(call.body.get(), call.payload_bytes, call.parts.workers,
                                               *call.request.executor, call.request.memory, putting);
  if (!written) {
    if (call.body != nullptr && call.body->failure() != nullptr) {
      co_return error_reply(call, *call.body->failure());
    }
    co_return error_reply(call, upload_error(written.error()));
  }
  http::Response response = empty_reply(200);
  response.headers.add("ETag", "\"" + written->md5 + "\"");
  if (call.body != nullptr && call.body->checksum()) {
    const CheckedBody::Checksum& checksum = *call.body->checksum();
    response.headers.add(std::string(checksum_header(checksum.algorithm)), to_base64(checksum.raw));
  }
  co_return response;
}

http::Response upload_part_copy(Call& call) {
  ASSIGN_OR_REPLY(call, const int number, part_number(call));
  ASSIGN_OR_REPLY(call, const auto upload, find_upload(call));
  ASSIGN_OR_REPLY(call, const CopySource source, find_copy_source(call));
  ASSIGN_OR_REPLY(call, const auto range,
                  copied_range(call, static_cast<std::uint64_t>(source.entry.size_bytes)));
  const auto reader = call.lake().objects.open(source.repository, source.entry);
  if (!reader) return error_reply(call, read_error(reader.error()));
  const auto written =
      call.lake().multiparts.copy_part(call.repository, upload, number, **reader, range.offset, range.length);
  if (!written) return error_reply(call, upload_error(written.error()));

  std::string document;
  XmlWriter xml(document);
  xml.open("CopyObjectResult");
  xml.element("LastModified", to_xml_time(call.lake().clock.now()));
  xml.element("ETag", "\"" + written->md5 + "\"");
  xml.close();
  return xml_reply(std::move(document));
}

}  // namespace mere::s3
