#include "block/local_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "block/local_error.h"

namespace mere::block {
namespace {

// Below this a write finds out by itself that the disk is full, before much is lost.
constexpr std::uint64_t kReserveFrom = 1u << 20;
// The size is what a client announced: it must not take a whole disk with one header.
constexpr std::uint64_t kReserveAtMost = 1u << 30;
// What has come is synced while the rest still arrives, so that the last sync has little left to wait for.
// (Only to begin the writing, by sync_file_range, leaves the disk's own cache to be emptied at the end.)
constexpr std::uint64_t kSyncStep = 8u << 20;
constexpr std::uint64_t kCopyStep = 2u << 20;
constexpr std::size_t kCopyBuffer = 1u << 20;
constexpr int kAttempts = 64;  // see local_folders.cpp

}  // namespace

struct LocalFile::EarlySync {
  std::mutex mutex;
  std::condition_variable ended;
  bool is_running = false;
  int failure = 0;  // told once by the system: the last sync would not know of it
};

Result<LocalFile> LocalFile::create(LocalDisk& disk, std::shared_ptr<const Folder> folder,
                                    std::string subject, std::optional<std::uint64_t> expected_size_bytes) {
  LocalFile file(disk, std::move(subject));
  RETURN_IF_ERROR(file.open_temporary(folder));
  if (expected_size_bytes && *expected_size_bytes >= kReserveFrom)
    RETURN_IF_ERROR(file.reserve(*expected_size_bytes));
  return file;
}

Status LocalFile::open_temporary(const std::shared_ptr<const Folder>& folder) {
  const bool same_disk = disk_->folders.on_root_device(*folder);
  int fd = -ENOENT;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string name = disk_->temp.new_name();
    if (same_disk) {
      ASSIGN_OR_RETURN(temp_folder_, disk_->temp.folder());
    } else {
      // Another disk is mounted below the root, and no file can be renamed from one to the other. What
      // a crash leaves there stays, under a name that is never listed.
      name = fmt::format("{}tmp-{}-{}", kReservedPrefix, ::getpid(), name);
      temp_folder_ = std::shared_ptr<const Fd>(folder, &folder->fd);
    }
    fd = disk_->files.create(temp_folder_->get(), name.c_str());
    if (fd >= 0) {
      fd_ = Fd(fd);
      temp_name_ = std::move(name);
      return {};
    }
    if (fd == -ENOENT && same_disk)
      disk_->temp.renew_folder();
    else if (fd != -EEXIST)
      break;
  }
  return disk_error(fd, "write", subject_);
}

LocalFile::LocalFile(LocalFile&& other) noexcept
    : disk_(other.disk_),
      subject_(std::move(other.subject_)),
      fd_(std::move(other.fd_)),
      size_(other.size_),
      synced_(other.synced_),
      early_(std::move(other.early_)),
      reserved_(other.reserved_),
      properties_(std::move(other.properties_)),
      temp_name_(std::exchange(other.temp_name_, {})),
      temp_folder_(std::move(other.temp_folder_)) {}

LocalFile::~LocalFile() {
  end_sync();
  if (!temp_name_.empty()) disk_->files.unlink(temp_folder_->get(), temp_name_.c_str());
}

Status LocalFile::reserve(std::uint64_t size_bytes) {
  std::uint64_t free = 0;
  if (disk_->files.free_bytes(fd_.get(), free) >= 0 && free < size_bytes)
    return disk_error(-ENOSPC, "write", subject_);
  const std::uint64_t room = std::min(size_bytes, kReserveAtMost);
  const int failure = disk_->files.reserve(fd_.get(), room);
  if (failure == -ENOSPC || failure == -EDQUOT || failure == -EIO)
    return disk_error(failure, "write", subject_);
  if (failure >= 0) reserved_ = room;  // else the file system cannot, and the writes will tell
  return {};
}

void LocalFile::wrote(std::uint64_t size_bytes) {
  size_ += size_bytes;
  if (size_ - synced_ >= kSyncStep && disk_->folders.sync()) begin_sync();
}

// One at a time; without a thread for it, the next or the last one does more.
void LocalFile::begin_sync() {
  if (!early_) early_ = std::make_shared<EarlySync>();
  {
    std::lock_guard lock(early_->mutex);
    if (early_->is_running || early_->failure < 0) return;
    early_->is_running = true;
  }
  const bool begun = disk_->helpers.begin([&files = disk_->files, file = fd_.get(), early = early_] {
    const int failure = files.sync_data(file);
    std::lock_guard lock(early->mutex);
    early->is_running = false;
    early->failure = std::min(failure, 0);
    early->ended.notify_all();
  });
  if (begun) {
    synced_ = size_;
  } else {
    std::lock_guard lock(early_->mutex);
    early_->is_running = false;
  }
}

// Waits for the one under way. 0 or the failure of any.
int LocalFile::end_sync() {
  if (!early_) return 0;
  std::unique_lock lock(early_->mutex);
  early_->ended.wait(lock, [&] { return !early_->is_running; });
  return early_->failure;
}

Status LocalFile::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = disk_->files.write(fd_.get(), bytes);
    if (count < 0) return disk_error(count, "write", subject_);
    if (count == 0) return disk_error(-EIO, "write", subject_);
    wrote(static_cast<std::uint64_t>(count));
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

Status LocalFile::append_file(const Fd& from, std::uint64_t size_bytes) {
  for (std::uint64_t offset = 0; offset < size_bytes;) {
    const ssize_t count =
        disk_->files.copy_range(from.get(), offset, fd_.get(), std::min(size_bytes - offset, kCopyStep));
    // Not between these file systems, or not by this kernel. 0 of a file that is not at its end: the
    // file system does not know how (procfs and FUSE are known for it).
    if (count == -EXDEV || count == -EINVAL || count == -ENOSYS || count == -EOPNOTSUPP || count == 0)
      return copy_bytes(from, offset, size_bytes);
    if (count < 0) return disk_error(count, "copy", subject_);
    offset += static_cast<std::uint64_t>(count);
    wrote(static_cast<std::uint64_t>(count));
  }
  return {};
}

Status LocalFile::copy_bytes(const Fd& from, std::uint64_t offset, std::uint64_t size_bytes) {
  std::vector<std::byte> buffer(std::min<std::uint64_t>(kCopyBuffer, size_bytes - offset));
  while (offset < size_bytes) {
    const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), size_bytes - offset);
    const ssize_t count = disk_->files.read_at(from.get(), offset, std::span(buffer).first(wanted));
    if (count < 0) return disk_error(count, "read", subject_);
    if (count == 0) return Error{Code::io_error, "'" + subject_ + "' became shorter while it was copied"};
    RETURN_IF_ERROR(append(std::span(buffer).first(static_cast<std::size_t>(count))));
    offset += static_cast<std::uint64_t>(count);
  }
  return {};
}

Status LocalFile::seal(Sync sync) {
  int failure = end_sync();
  if (failure >= 0 && reserved_ > size_)
    failure = disk_->files.truncate(fd_.get(), size_);  // gives the room back
  if (failure >= 0 && sync == Sync::yes && disk_->folders.sync()) failure = disk_->files.sync_data(fd_.get());
  struct stat status{};
  if (failure >= 0) failure = disk_->files.stat(fd_.get(), status);
  // Network file systems may tell only now that a write failed.
  const int closed = disk_->files.close(fd_.release());
  if (failure >= 0) failure = closed;
  if (failure < 0) return disk_error(failure, "write", subject_);
  properties_ = properties_of(status);
  return {};
}

int LocalFile::publish(const Folder& folder, const std::string& name, bool must_be_absent) {
  FileSystem& files = disk_->files;
  const int to = folder.fd.get();
  const int renamed = must_be_absent
                          ? files.rename_if_absent(temp_folder_->get(), temp_name_.c_str(), to, name.c_str())
                          : files.rename(temp_folder_->get(), temp_name_.c_str(), to, name.c_str());
  if (renamed >= 0) temp_name_.clear();
  return renamed;
}

}  // namespace mere::block
