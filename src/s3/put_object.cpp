// PutObject, and the marker of a branch's own folder (contract: S3 gateway, section 9).
#include "base/encoding.h"
#include "lake/own_metadata.h"
#include "s3/access.h"
#include "s3/conditions.h"
#include "s3/object_headers.h"
#include "s3/operations.h"
#include "s3/reply.h"
#include "transfer/pump.h"
#include "tree/reserved_metadata.h"

namespace mere::s3 {
namespace {

// The MD5 of nothing.
constexpr std::string_view kEmptyEtag = "\"d41d8cd98f00b204e9800998ecf8427e\"";

// The object in the making, as transfer::pump() fills it.
class Putting {
 public:
  Putting(Call& call, version::BranchName branch, lake::UploadOptions options)
      : call_(call), branch_(std::move(branch)), options_(std::move(options)) {}

  Status open() {
    auto conditions = write_options(call_, branch_);
    if (!conditions) {
      refusal_ = conditions.error();
      return Error{Code::precondition_failed, refusal_->message};
    }
    options_.if_absent = conditions->if_absent;
    options_.if_identity = std::move(conditions->if_identity);
    ASSIGN_OR_RETURN(
        upload_, call_.lake().objects.begin_upload(call_.repository, branch_, call_.target.path, options_));
    return {};
  }

  Status append(const block::SharedBytes& bytes) { return upload_->append_shared(bytes); }

  void close_later(std::function<void(Status)> told) {
    if (call_.body != nullptr && call_.body->checksum()) {
      const CheckedBody::Checksum& checksum = *call_.body->checksum();
      upload_->add_metadata(
          std::string(tree::kChecksumKey),
          lake::to_metadata({checksum.algorithm, to_base64(checksum.raw), lake::ChecksumType::full_object}));
    }
    upload_->finish_later(std::move(told));
  }
  Result<tree::Entry> closed(Status status) { return upload_->finished(std::move(status)); }

  // What S3 calls the error that open() answered; null if it was the lake's.
  const S3Error* refusal() const { return refusal_ ? &*refusal_ : nullptr; }

 private:
  Call& call_;
  const version::BranchName branch_;
  lake::UploadOptions options_;
  std::unique_ptr<lake::Upload> upload_;
  std::optional<S3Error> refusal_;
};

}  // namespace

Task<http::Response> put_object(Call& call) {
  auto branch = branch_to_write(call);
  if (!branch) co_return error_reply(call, branch.error());
  auto headers = parse_object_headers(call.request.headers);
  if (!headers) co_return error_reply(call, headers.error());

  lake::UploadOptions options;
  options.content_type = std::move(headers->content_type);
  options.metadata = std::move(headers->metadata);
  options.expected_size_bytes = call.payload_bytes;
  Putting putting(call, *std::move(branch), std::move(options));
  const auto entry = co_await transfer::pump(call.body.get(), call.payload_bytes, call.parts.workers,
                                             *call.request.executor, call.request.memory, putting);
  if (!entry) {
    if (putting.refusal() != nullptr) co_return error_reply(call, *putting.refusal());
    if (call.body != nullptr && call.body->failure() != nullptr) {
      co_return error_reply(call, *call.body->failure());
    }
    co_return error_reply(call, write_error(entry.error()));
  }
  http::Response response = empty_reply(200);
  response.headers.add("ETag", etag_of(*entry));
  add_checksum_headers(response.headers, *entry);
  co_return response;
}

// "main/" is where a branch's objects are, so it is there already: tools that make folders first may do so.
http::Response put_ref(Call& call) {
  if (call.target.ref.empty() || call.payload_bytes.value_or(call.body == nullptr ? 0 : 1) != 0) {
    return empty_reply(404);
  }
  ASSIGN_OR_REPLY(call, const auto branch, branch_to_write(call));
  const auto found = call.lake().engine.refs.branch(call.repository, branch);
  if (!found) return error_reply(call, write_error(found.error()));
  http::Response response = empty_reply(200);
  response.headers.add("ETag", std::string(kEmptyEtag));
  return response;
}

}  // namespace mere::s3
