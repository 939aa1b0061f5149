#include "block/s3_writer.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "base/log.h"

namespace mere::block {
namespace {

class S3Upload final : public RemoteUpload {
 public:
  S3Upload(const S3Api& api, S3Address object, bool must_be_absent, std::string write_id)
      : api_(api),
        object_(std::move(object)),
        must_be_absent_(must_be_absent),
        write_id_(std::move(write_id)) {}

  Status put_whole(std::shared_ptr<const Payload> payload, const std::string& md5) override {
    S3PutOptions options;
    options.must_be_absent = must_be_absent_;
    if (must_be_absent_) options.write_id = write_id_;
    options.md5 = md5;
    if (options.md5.empty()) {
      ASSIGN_OR_RETURN(options.md5, payload_md5(*payload));
    }
    return api_.put(object_, std::move(payload), options);
  }

  Status begin() override {
    ASSIGN_OR_RETURN(upload_id_, api_.begin_upload(object_, write_id_));
    return {};
  }

  Result<std::string> put_part(int number, std::shared_ptr<const Payload> payload) override {
    ASSIGN_OR_RETURN(const std::string md5, payload_md5(*payload));
    return api_.put_part(object_, upload_id_, number, std::move(payload), md5);
  }

  Status complete(std::span<const SentPart> parts) override {
    const auto completed = api_.complete(object_, upload_id_, parts, must_be_absent_);
    if (completed && !completed->upload_is_gone) return {};
    if (!completed && completed.error().code != Code::already_exists) return completed.error();
    // An attempt whose answer was lost may have completed it.
    const auto there = api_.head(object_);
    if (there && there->write_id == write_id_) return {};
    if (!completed) return completed.error();
    return Error{Code::unavailable,
                 fmt::format("cannot write {}: its upload is gone, and nobody knows whether it was completed",
                             s3_uri(object_))};
  }

  void abort() override {
    const Status aborted = api_.abort(object_, upload_id_);
    if (!aborted)
      log::warn(
          "an upload that was given up is left in the bucket; a lifecycle rule for incomplete uploads "
          "removes such",
          {{"object", s3_uri(object_)}, {"error", aborted.error().message}});
  }

 private:
  const S3Api& api_;
  const S3Address object_;
  const bool must_be_absent_;
  const std::string write_id_;
  std::string upload_id_;
};

class S3PartWriter final : public Writer {
 public:
  S3PartWriter(const S3Api& api, PayloadBuilder payload, S3Address object, std::string upload_id, int number)
      : api_(api),
        payload_(std::move(payload)),
        object_(std::move(object)),
        upload_id_(std::move(upload_id)),
        number_(number) {}

  Status append(std::span<const std::byte> bytes) override {
    MERE_CHECK(!finished_);
    digest_.update(bytes);
    return payload_.append(bytes);
  }

  Result<Written> finish() override {
    MERE_CHECK(!finished_);
    finished_ = true;
    const std::string md5 = digest_.finish();
    Written written{payload_.size_bytes(), to_hex(md5)};
    RETURN_IF_ERROR(api_.put_part(object_, upload_id_, number_, payload_.finish(), md5));
    return written;
  }

 private:
  const S3Api& api_;
  PayloadBuilder payload_;
  const S3Address object_;
  const std::string upload_id_;
  const int number_;
  Digest digest_ = Digest::md5();
  bool finished_ = false;
};

}  // namespace

std::shared_ptr<RemoteUpload> make_s3_upload(const S3Api& api, S3Address object, bool must_be_absent,
                                             std::string write_id) {
  return std::make_shared<S3Upload>(api, std::move(object), must_be_absent, std::move(write_id));
}

std::unique_ptr<Writer> make_s3_part_writer(const S3Api& api, RemoteWriters& writers, S3Address object,
                                            std::string upload_id, int number) {
  return std::make_unique<S3PartWriter>(api, writers.new_payload(), std::move(object), std::move(upload_id),
                                        number);
}

}  // namespace mere::block
