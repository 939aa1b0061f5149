#include "block/local_writer.h"

#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/hash.h"
#include "block/local_error.h"

namespace mere::block {
namespace {

// Small pieces are gathered, so that a table written record by record costs no system call each.
constexpr std::size_t kGather = 64u << 10;
constexpr int kAttempts = 64;  // see local_folders.cpp

class LocalWriter final : public Writer {
 public:
  LocalWriter(LocalFile file, bool md5, Publish publish)
      : file_(std::move(file)), publish_(std::move(publish)) {
    if (md5) digest_.emplace(Digest::md5());
  }

  Status append(std::span<const std::byte> bytes) override {
    MERE_CHECK(!finished_);
    if (digest_) digest_->update(bytes);
    if (gathered_.size() + bytes.size() <= kGather) {
      gathered_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      return {};
    }
    RETURN_IF_ERROR(flush());
    if (bytes.size() >= kGather) return failed(file_.append(bytes));
    gathered_.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }

  Result<Written> finish() override {
    MERE_CHECK(!finished_);
    RETURN_IF_ERROR(flush());
    if (failed_) return Error{Code::io_error, "an earlier append to this object failed"};
    finished_ = true;
    RETURN_IF_ERROR(file_.seal());
    Written written{file_.size_bytes(), digest_ ? digest_->finish_hex() : std::string()};
    RETURN_IF_ERROR(publish_(file_, written.md5));
    return written;
  }

 private:
  Status flush() {
    if (gathered_.empty()) return {};
    Status status = failed(file_.append(std::as_bytes(std::span(gathered_))));
    gathered_.clear();
    return status;
  }
  // Bytes are missing from here on: such an object must not become visible.
  Status failed(Status status) {
    if (!status) failed_ = true;
    return status;
  }

  LocalFile file_;
  const Publish publish_;
  std::optional<Digest> digest_;
  std::string gathered_;
  bool failed_ = false;
  bool finished_ = false;
};

}  // namespace

std::unique_ptr<Writer> make_local_writer(LocalFile file, bool md5, Publish publish) {
  return std::make_unique<LocalWriter>(std::move(file), md5, std::move(publish));
}

Status publish_object(LocalDisk& disk, LocalFile& file, const LocalPath& path, bool must_be_absent,
                      const std::string& subject) {
  const std::string name(path.name());
  int published = -ENOENT;
  for (int attempt = 0; attempt < kAttempts && published == -ENOENT; ++attempt) {
    ASSIGN_OR_RETURN(const std::shared_ptr<const Folder> folder, disk.folders.make(path.folder()));
    published = file.publish(*folder, name, must_be_absent);
    if (published >= 0) {
      const int synced = folder->sync_names();
      if (synced < 0) return disk_error(synced, "sync the folder of", subject);
      return {};
    }
    // Removed since it was opened, because it was empty.
    if (published == -ENOENT) disk.folders.forget(path.folder());
  }
  return disk_error(published, "write", subject);
}

}  // namespace mere::block
