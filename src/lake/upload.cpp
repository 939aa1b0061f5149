#include "lake/upload.h"

#include "base/check.h"
#include "base/log.h"

namespace mere::lake {
namespace {

// Errors of Entries::put after which the entry is certainly not staged: it is written in one batch with the
// check of its branch, so that none of these comes after a write that may have happened. After others it may
// be, and bytes that it may refer to must stay.
bool is_refusal(Code code) {
  return code == Code::permission_denied || code == Code::precondition_failed ||
         code == Code::invalid_argument || code == Code::too_large || code == Code::not_found;
}

void remove_if_refused(block::Store& store, const UploadTarget& target, const Status& staged) {
  if (staged || !is_refusal(staged.error().code)) return;
  if (auto removed = store.remove(target.address); !removed) {
    log::warn("bytes of a refused object stay",
              {{"address", target.address.uri}, {"error", removed.error().message}});
  }
}

class StoreUpload final : public Upload {
 public:
  StoreUpload(version::Engine& engine, block::Store& store, const Clock& clock, UploadTarget target,
              std::unique_ptr<block::Writer> writer)
      : engine_(engine),
        store_(store),
        clock_(clock),
        target_(std::move(target)),
        writer_(std::move(writer)) {}

  Status append(std::span<const std::byte> bytes) override {
    MERE_CHECK(writer_ != nullptr);
    return writer_->append(bytes);
  }
  Status append_shared(const block::SharedBytes& shared) override {
    MERE_CHECK(writer_ != nullptr);
    return writer_->append_shared(shared);
  }

  void add_metadata(std::string key, std::string value) override {
    target_.entry.metadata.insert_or_assign(std::move(key), std::move(value));
  }

  Result<tree::Entry> finish() override {
    RETURN_IF_ERROR(finish_bytes());
    RETURN_IF_ERROR(stage_or_remove(engine_, store_, target_));
    return std::move(target_.entry);
  }

  void finish_later(std::function<void(Status)> told) override {
    if (Status written = finish_bytes(); !written) return told(std::move(written));
    has_bytes_ = true;
    engine_.entries.put_later(target_.repository, target_.branch, target_.path, target_.entry, target_.write,
                              [this, told = std::move(told)](Result<version::StagingToken> put) {
                                if (!put) return told(std::move(put).error());
                                token_ = *std::move(put);
                                told({});
                              });
  }
  Result<tree::Entry> finished(Status status) override {
    if (status) {
      engine_.entries.was_put(target_.repository, target_.branch, token_);
      return std::move(target_.entry);
    }
    if (!has_bytes_) return std::move(status).error();
    if (status.error().code == Code::conflict) {
      status = stage_or_remove(engine_, store_, target_);
    } else {
      remove_if_refused(store_, target_, status);
    }
    if (!status) return std::move(status).error();
    return std::move(target_.entry);
  }

 private:
  Status finish_bytes() {
    MERE_CHECK(writer_ != nullptr);
    const auto writer = std::move(writer_);
    ASSIGN_OR_RETURN(const block::Written written, writer->finish());
    target_.entry.size_bytes = static_cast<std::int64_t>(written.size_bytes);
    target_.entry.checksum = written.md5;
    target_.entry.last_modified = clock_.now();
    return {};
  }

  version::Engine& engine_;
  block::Store& store_;
  const Clock& clock_;
  UploadTarget target_;
  std::unique_ptr<block::Writer> writer_;  // null once all bytes are there
  // Of finish_later():
  bool has_bytes_ = false;
  version::StagingToken token_;
};

}  // namespace

std::unique_ptr<Upload> make_upload(version::Engine& engine, block::Store& store, const Clock& clock,
                                    UploadTarget target, std::unique_ptr<block::Writer> writer) {
  return std::make_unique<StoreUpload>(engine, store, clock, std::move(target), std::move(writer));
}

Status stage_or_remove(version::Engine& engine, block::Store& store, const UploadTarget& target) {
  // The branch may have been deleted while the bytes were on their way.
  Status staged =
      engine.entries.put(target.repository, target.branch, target.path, target.entry, target.write);
  remove_if_refused(store, target, staged);
  return staged;
}

}  // namespace mere::lake
