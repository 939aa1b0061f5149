#include "block/local_file.h"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "block/local_error.h"

namespace mere::block {
namespace {

// Below this a write finds out by itself that the disk is full, before much is lost.
constexpr std::uint64_t kReserveFrom = 1u << 20;
// The size is what a client announced: it must not take a whole disk with one header.
constexpr std::uint64_t kReserveAtMost = 1u << 30;
// The disk begins while the rest still arrives, so that the last fsync has little left to wait for.
constexpr std::uint64_t kWritebackStep = 8u << 20;
constexpr std::size_t kCopyBuffer = 1u << 20;

}  // namespace

Result<LocalFile> LocalFile::create(LocalDisk& disk, std::shared_ptr<const Folder> folder, std::string subject,
                                    std::optional<std::uint64_t> expected_size_bytes) {
  LocalFile file(disk, std::move(subject));
  int fd = disk.unnamed_files() ? disk.files.create_unnamed(folder->fd.get()) : -EOPNOTSUPP;
  // -ENOENT, or on ext4 -EPERM: the folder was removed because it was empty. publish() is given another.
  if (fd == -EOPNOTSUPP || fd == -ENOENT || fd == -EPERM) {
    ASSIGN_OR_RETURN(const int temp, disk.temp.folder());
    std::string name = disk.temp.new_name();
    fd = disk.files.create(temp, name.c_str());
    if (fd >= 0) {
      file.temp_folder_ = temp;
      file.temp_name_ = std::move(name);
    }
  }
  if (fd < 0) return disk_error(fd, "write", file.subject_);
  file.fd_ = Fd(fd);
  if (expected_size_bytes && *expected_size_bytes >= kReserveFrom)
    RETURN_IF_ERROR(file.reserve(*expected_size_bytes));
  return file;
}

LocalFile::LocalFile(LocalFile&& other) noexcept
    : disk_(other.disk_),
      subject_(std::move(other.subject_)),
      fd_(std::move(other.fd_)),
      size_(other.size_),
      written_back_(other.written_back_),
      reserved_(other.reserved_),
      temp_name_(std::exchange(other.temp_name_, {})),
      temp_folder_(other.temp_folder_),
      own_folder_(std::move(other.own_folder_)) {}

LocalFile::~LocalFile() {
  if (!temp_name_.empty()) disk_->files.unlink(temp_folder_, temp_name_.c_str());
}

Status LocalFile::reserve(std::uint64_t size_bytes) {
  std::uint64_t free = 0;
  if (disk_->files.free_bytes(fd_.get(), free) >= 0 && free < size_bytes)
    return disk_error(-ENOSPC, "write", subject_);
  const std::uint64_t room = std::min(size_bytes, kReserveAtMost);
  const int failure = disk_->files.reserve(fd_.get(), room);
  if (failure == -ENOSPC || failure == -EDQUOT || failure == -EIO) return disk_error(failure, "write", subject_);
  if (failure >= 0) reserved_ = room;  // else the file system cannot, and the writes will tell
  return {};
}

void LocalFile::wrote(std::uint64_t size_bytes) {
  size_ += size_bytes;
  if (size_ - written_back_ < kWritebackStep || !disk_->folders.sync()) return;
  // A hint: what it cannot do or finds broken, sync_data() will do or find.
  disk_->files.start_writeback(fd_.get(), written_back_, size_ - written_back_);
  written_back_ = size_;
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
        disk_->files.copy_range(from.get(), offset, fd_.get(), std::min(size_bytes - offset, kWritebackStep));
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

Status LocalFile::seal() {
  if (reserved_ > size_) {
    const int failure = disk_->files.truncate(fd_.get(), size_);  // gives the room back
    if (failure < 0) return disk_error(failure, "write", subject_);
  }
  if (!disk_->folders.sync()) return {};
  const int failure = disk_->files.sync_data(fd_.get());
  if (failure < 0) return disk_error(failure, "sync", subject_);
  return {};
}

// An unnamed file cannot replace another: it gets a name first, and is then renamed.
int LocalFile::take_temporary_name(const std::shared_ptr<const Folder>& folder) {
  const auto temp = disk_->temp.folder();
  std::string name = disk_->temp.new_name();
  int named = temp ? disk_->files.name_unnamed(fd_.get(), *temp, name.c_str()) : -EXDEV;
  if (named >= 0) {
    temp_folder_ = *temp;
  } else if (named == -EXDEV) {
    // Another disk is mounted below the root, and a file cannot be renamed across.
    name = std::string(kReservedPrefix) + "tmp-" + std::to_string(::getpid()) + "-" + name;
    named = disk_->files.name_unnamed(fd_.get(), folder->fd.get(), name.c_str());
    if (named < 0) return named;
    temp_folder_ = folder->fd.get();
    own_folder_ = folder;
  } else {
    return named == -ENOENT ? -EIO : named;
  }
  temp_name_ = std::move(name);
  return 0;
}

int LocalFile::publish(const std::shared_ptr<const Folder>& folder, const std::string& name, bool must_be_absent) {
  FileSystem& files = disk_->files;
  const int to = folder->fd.get();
  if (temp_name_.empty()) {
    const int named = files.name_unnamed(fd_.get(), to, name.c_str());
    if (named != -EEXIST || must_be_absent) return named;
    if (const int taken = take_temporary_name(folder); taken < 0) return taken;
  }
  const int renamed = must_be_absent ? files.rename_if_absent(temp_folder_, temp_name_.c_str(), to, name.c_str())
                                     : files.rename(temp_folder_, temp_name_.c_str(), to, name.c_str());
  if (renamed >= 0) temp_name_.clear();
  return renamed;
}

Status LocalFile::close() {
  const int failure = disk_->files.close(fd_.release());
  if (failure < 0) return disk_error(failure, "write", subject_);
  return {};
}

}  // namespace mere::block
