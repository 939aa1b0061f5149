#include "block/local_disk.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "block/local_error.h"

namespace mere::block {
namespace {

// Makes `path` and its parents, each durable before it is used.
Status make_root(FileSystem& files, const std::filesystem::path& path, bool sync) {
  Fd at(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!at) return disk_error(-errno, "open", "/");
  for (const std::filesystem::path& part : path.relative_path()) {
    const std::string name = part.string();
    if (name.empty()) continue;
    // Looked for first: a folder that is there need not be in one that may be written to.
    Fd next(::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!next && errno == EACCES)
      next = Fd(::openat(at.get(), name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!next) {
      if (errno != ENOENT) return disk_error(-errno, "open the folder", path.string());
      const int made = files.make_folder(at.get(), name.c_str());
      if (made < 0 && made != -EEXIST) return disk_error(made, "make the folder", path.string());
      next = Fd(::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      if (!next) return disk_error(-errno, "open the folder", path.string());
      const int synced = sync ? files.sync_folder(at.get()) : 0;
      if (synced < 0) return disk_error(synced, "sync the folder of", path.string());
    }
    at = std::move(next);
  }
  return {};
}

// The folders in the root have nothing to do with each other. ext4, told so, gives each a place of its own on
// the disk; else all share their parent's until it is full, and where there is no journal a new file then
// looks through every inode that was freed there within the last minutes. A hint: elsewhere it changes
// nothing.
void spread_folders(const Fd& root) {
  int flags = 0;
  if (::ioctl(root.get(), FS_IOC_GETFLAGS, &flags) != 0 || (flags & FS_TOPDIR_FL) != 0) return;
  flags |= FS_TOPDIR_FL;
  ::ioctl(root.get(), FS_IOC_SETFLAGS, &flags);
}

}  // namespace

Result<std::unique_ptr<LocalDisk>> LocalDisk::open(const LocalOptions& options, FileSystem& files) {
  if (options.root.empty())
    return Error{Code::invalid_argument, "the local store needs a folder: its path is empty"};
  std::error_code failure;
  const std::filesystem::path root = std::filesystem::absolute(options.root, failure).lexically_normal();
  if (failure) return disk_error(-failure.value(), "find", options.root);
  RETURN_IF_ERROR(make_root(files, root, options.sync_writes));
  Fd fd(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return disk_error(-errno, "open the folder", options.root);
  spread_folders(fd);
  std::unique_ptr<LocalDisk> disk(new LocalDisk(options, files, std::move(fd)));
  disk->temp.clean();
  return disk;
}

LocalDisk::LocalDisk(const LocalOptions& options, FileSystem& system, Fd root)
    : files(system),
      paths(options),
      folders(system, std::move(root), options.sync_writes),
      temp(system, folders.root()),
      rider(*this, options.shared_log, options.shared_log_name),
      helpers(std::max(1u, std::thread::hardware_concurrency()) + 2) {}  // two for syncs

Fd LocalDisk::open_beneath(const LocalPath& path, int flags) const {
  if (!path.external) return Fd(files.open_beneath(folders.root().get(), path.relative.c_str(), flags));
  // Opened anew each time: what is mounted there may come, go and change while the store is open.
  const Fd base(::open(paths.external(*path.external).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!base) return Fd(-errno);
  return Fd(files.open_beneath(base.get(), path.relative.c_str(), flags));
}

std::string LocalDisk::absolute(const LocalPath& path) const {
  return (path.external ? paths.external(*path.external) : paths.root()) + "/" + path.relative;
}

Result<Fd> LocalDisk::open_path(const LocalPath& path, int flags, std::string_view subject) const {
  Fd fd = open_beneath(path, flags);
  if (!fd && fd.get() == -EXDEV) {
    // A link left this folder, or named its goal from "/". It may lead to where an address may; what
    // is opened then is that place itself, so it does not matter whether the link changes meanwhile.
    std::error_code failure;
    const std::string goal = std::filesystem::canonical(absolute(path), failure).string();
    if (!failure)
      if (const auto found = paths.locate(goal)) fd = open_beneath(*found, flags);
  }
  if (!fd) {
    const int failure = fd.get();
    // Below an object there is nothing; a socket or a device that is not there cannot be opened.
    if (failure == -ENOTDIR || failure == -ENXIO || failure == -ENODEV)
      return disk_error(-ENOENT, "open", subject);
    return disk_error(failure, "open", subject);
  }
  return fd;
}

Properties properties_of(const struct stat& status) {
  return {static_cast<std::uint64_t>(status.st_size),
          {status.st_mtim.tv_sec, static_cast<std::int32_t>(status.st_mtim.tv_nsec)},
          {}};
}

}  // namespace mere::block
