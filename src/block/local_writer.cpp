#include "block/local_writer.h"

#include <cerrno>
#include <utility>

#include "base/check.h"
#include "block/digest_aside.h"
#include "block/local_error.h"

namespace mere::block {
namespace {

// Small pieces are gathered, so that a table written record by record costs no system call each.
constexpr std::size_t kGather = 64u << 10;
// From here on bytes are hashed while they are written, which takes a hand-over between two threads.
constexpr std::size_t kHashAside = 128u << 10;
constexpr int kAttempts = 64;  // see local_folders.cpp

// A new temporary file.
using Open = std::function<Result<LocalFile>()>;
// Gives a small object, of which there is no file yet, its name and its bytes at once. False: it cannot.
using Place = std::function<Result<bool>(std::string_view bytes)>;
// What is done with a small object that has its name, in place of its syncs.
using Keep = std::function<Status(std::string_view bytes)>;
using PublishAs = std::function<Status(LocalFile& file, const std::string& md5, LocalFile::Sync sync)>;

// What is done with the bytes. Without `place`, small objects take the way of all; without `keep`, all are
// synced themselves.
struct Steps {
  Open open;
  Place place;
  Keep keep;
  PublishAs publish;
};

class LocalWriter final : public Writer {
 public:
  // `file`: the temporary one, if it was made already. `helpers` outlives the writer.
  LocalWriter(Helpers& helpers, std::optional<LocalFile> file, bool md5, Steps steps)
      : file_(std::move(file)), steps_(std::move(steps)) {
    if (md5) digest_.emplace(helpers, Digest::md5());
  }

  Status append(std::span<const std::byte> bytes) override {
    MERE_CHECK(!finished_);
    if (digest_ && bytes.size() >= kHashAside) {
      Status written = hash_and_write({nullptr, bytes});
      digest_->settle();
      return written;
    }
    if (digest_) {
      digest_->settle();
      digest_->update(bytes);
    }
    if (gathered_.size() + bytes.size() <= kGather) {
      gathered_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      return {};
    }
    RETURN_IF_ERROR(flush());
    if (bytes.size() >= kGather) return write(bytes);
    gathered_.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }

  // Hashing is the slower of the two and never waits for a hand-over: the next bytes are there before it is
  // done with these.
  Status append_shared(const SharedBytes& shared) override {
    if (!digest_ || shared.bytes.size() < kHashAside) return append(shared.bytes);
    MERE_CHECK(!finished_);
    Status written = hash_and_write(shared);
    digest_->settle_but_last();
    return written;
  }

  Result<Written> finish() override {
    MERE_CHECK(!finished_);
    if (failed_) return Error{Code::io_error, "an earlier append to this object failed"};
    const bool is_small =
        (!file_ || file_->size_bytes() == 0) && gathered_.size() <= LocalRider::kMaxObjectBytes;
    Written written{(file_ ? file_->size_bytes() : 0) + gathered_.size(),
                    digest_ ? digest_->finish_hex() : std::string()};
    finished_ = true;
    bool is_placed = false;
    if (is_small && !file_ && steps_.place) {
      ASSIGN_OR_RETURN(is_placed, steps_.place(gathered_));
    }
    if (!is_placed) RETURN_IF_ERROR(publish(written.md5, is_small && steps_.keep));
    if (is_small && steps_.keep) RETURN_IF_ERROR(steps_.keep(gathered_));
    return written;
  }

 private:
  Status hash_and_write(const SharedBytes& shared) {
    digest_->begin(shared);
    RETURN_IF_ERROR(flush());
    return write(shared.bytes);
  }
  Status publish(const std::string& md5, bool keeps) {
    if (!gathered_.empty() || !file_) RETURN_IF_ERROR(write(std::as_bytes(std::span(gathered_))));
    const auto sync = keeps ? LocalFile::Sync::no : LocalFile::Sync::yes;
    RETURN_IF_ERROR(file_->seal(sync));
    return steps_.publish(*file_, md5, sync);
  }
  Status flush() {
    if (gathered_.empty()) return {};
    Status status = write(std::as_bytes(std::span(gathered_)));
    gathered_.clear();
    return status;
  }
  Status write(std::span<const std::byte> bytes) {
    Status status = open();
    if (status) status = file_->append(bytes);
    // Bytes are missing from here on: such an object must not become visible.
    if (!status) failed_ = true;
    return status;
  }
  Status open() {
    if (file_) return {};
    ASSIGN_OR_RETURN(LocalFile opened, steps_.open());
    file_.emplace(std::move(opened));
    return {};
  }

  std::optional<LocalFile> file_;
  const Steps steps_;
  std::optional<DigestAside> digest_;
  std::string gathered_;
  bool failed_ = false;
  bool finished_ = false;
};

Status write_whole(FileSystem& files, int file, std::string_view bytes, const std::string& subject) {
  while (!bytes.empty()) {
    const ssize_t count = files.write(file, std::as_bytes(std::span(bytes)));
    if (count <= 0) return disk_error(count < 0 ? count : -EIO, "write", subject);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

// A file under its own name from the beginning: a rename between folders would take a lock of the whole
// file system. False if there is something of that name.
Result<bool> place_object(LocalDisk& disk, const LocalPath& path, std::string_view bytes,
                          const std::string& subject) {
  const std::string name(path.name());
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ASSIGN_OR_RETURN(const std::shared_ptr<const Folder> folder, disk.folders.make(path.folder()));
    Fd file(disk.files.create(folder->fd.get(), name.c_str()));
    if (file.get() == -ENOENT) {  // removed since it was opened, because it was empty
      disk.folders.forget(path.folder());
      continue;
    }
    if (file.get() == -EEXIST) return false;
    if (!file) return disk_error(file.get(), "write", subject);
    Status written = write_whole(disk.files, file.get(), bytes, subject);
    const int closed = disk.files.close(file.release());
    if (written && closed < 0) written = disk_error(closed, "write", subject);
    if (written) return true;
    disk.files.unlink(folder->fd.get(), name.c_str());
    return std::move(written).error();
  }
  return disk_error(-ENOENT, "write", subject);
}

}  // namespace

std::unique_ptr<Writer> make_local_writer(LocalDisk& disk, LocalFile file, bool md5, Publish publish) {
  Steps steps;
  steps.publish = [publish = std::move(publish)](LocalFile& sealed, const std::string& digest,
                                                 LocalFile::Sync) { return publish(sealed, digest); };
  return std::make_unique<LocalWriter>(disk.helpers, std::move(file), md5, std::move(steps));
}

Result<std::unique_ptr<Writer>> make_object_writer(LocalDisk& disk, const LocalPath& path,
                                                   const std::string& subject, const WriteOptions& options) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const Folder> folder, disk.folders.make(path.folder()));
  Steps steps;
  steps.open = [&disk, folder, subject, expected = options.expected_size_bytes] {
    return LocalFile::create(disk, folder, subject, expected);
  };
  // A record would bring the object back over another's bytes, or where another was first.
  if (options.write_once && !options.must_be_absent && disk.folders.on_root_device(*folder)) {
    steps.keep = [&disk, path, subject](std::string_view bytes) {
      return disk.rider.keep(path, bytes, subject);
    };
    if (options.fresh_address && options.expected_size_bytes.value_or(0) <= LocalRider::kMaxObjectBytes) {
      steps.place = [&disk, path, subject](std::string_view bytes) {
        return place_object(disk, path, bytes, subject);
      };
    }
  }
  steps.publish = [&disk, path, subject, must_be_absent = options.must_be_absent](
                      LocalFile& sealed, const std::string&, LocalFile::Sync sync) {
    return publish_object(disk, sealed, path,
                          {.must_be_absent = must_be_absent, .sync_name = sync == LocalFile::Sync::yes},
                          subject);
  };
  std::optional<LocalFile> file;
  if (!steps.place) {
    ASSIGN_OR_RETURN(LocalFile opened, steps.open());
    file.emplace(std::move(opened));
  }
  return std::make_unique<LocalWriter>(disk.helpers, std::move(file), options.md5, std::move(steps));
}

Status publish_object(LocalDisk& disk, LocalFile& file, const LocalPath& path, PublishOptions options,
                      const std::string& subject) {
  const std::string name(path.name());
  int published = -ENOENT;
  for (int attempt = 0; attempt < kAttempts && published == -ENOENT; ++attempt) {
    ASSIGN_OR_RETURN(const std::shared_ptr<const Folder> folder, disk.folders.make(path.folder()));
    published = file.publish(*folder, name, options.must_be_absent);
    if (published >= 0) {
      const int synced = options.sync_name ? folder->sync_names() : 0;
      if (synced < 0) return disk_error(synced, "sync the folder of", subject);
      return {};
    }
    // Removed since it was opened, because it was empty.
    if (published == -ENOENT) disk.folders.forget(path.folder());
  }
  return disk_error(published, "write", subject);
}

}  // namespace mere::block
