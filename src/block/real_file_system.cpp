#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "base/fd.h"
#include "block/file_system.h"

namespace mere::block {
namespace {

constexpr mode_t kFileMode = 0666;  // the umask takes away what the administrator wants away
constexpr mode_t kFolderMode = 0777;

template <class F>
auto repeated(F call) {
  for (;;) {
    const auto result = call();
    if (result >= 0) return result;
    if (errno != EINTR) return static_cast<decltype(result + 0)>(-errno);
  }
}

// For kernels and sandboxes without openat2: component by component, following no link at all.
int open_without_links(int folder, const char* path, int flags) {
  Fd current;
  int at = folder;
  std::string_view rest = path;
  for (;;) {
    const std::size_t slash = rest.find('/');
    const std::string name(rest.substr(0, slash));
    const bool last = slash == std::string_view::npos;
    const int step = last ? flags : O_PATH | O_DIRECTORY;
    if (name == "..") return -EXDEV;
    Fd next(repeated([&] { return ::openat(at, name.c_str(), step | O_NOFOLLOW | O_CLOEXEC); }));
    if (!next) return next.get() == -ELOOP || next.get() == -ENOTDIR ? -EXDEV : next.get();
    if (last) return next.release();
    current = std::move(next);
    at = current.get();
    rest.remove_prefix(slash + 1);
  }
}

class RealFileSystem final : public FileSystem {
 public:
  int open_beneath(int folder, const char* path, int flags) override {
    if (*path == '\0') path = ".";
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    // -EAGAIN: something was renamed while ".." of a link was followed.
    for (int attempt = 0; attempt < 64 && !no_openat2_.load(std::memory_order_relaxed); ++attempt) {
      const long fd = ::syscall(SYS_openat2, folder, path, &how, sizeof how);
      if (fd >= 0) return static_cast<int>(fd);
      if (errno == ENOSYS)
        no_openat2_.store(true, std::memory_order_relaxed);
      else if (errno != EINTR && errno != EAGAIN)
        return -errno;
    }
    if (!no_openat2_.load(std::memory_order_relaxed)) return -EAGAIN;
    return open_without_links(folder, path, flags);
  }
  int create(int folder, const char* name) override {
    return repeated([&] { return ::openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode); });
  }

  ssize_t write(int file, std::span<const std::byte> bytes) override {
    return repeated([&] { return ::write(file, bytes.data(), bytes.size()); });
  }
  ssize_t read_at(int file, std::uint64_t offset, std::span<std::byte> into) override {
    return repeated([&] { return ::pread(file, into.data(), into.size(), static_cast<off_t>(offset)); });
  }
  int reserve(int file, std::uint64_t size_bytes) override {
    return repeated(
        [&] { return ::fallocate(file, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size_bytes)); });
  }
  int truncate(int file, std::uint64_t size_bytes) override {
    return repeated([&] { return ::ftruncate(file, static_cast<off_t>(size_bytes)); });
  }
  int sync_data(int file) override {
    return repeated([&] { return ::fdatasync(file); });
  }
  int sync_folder(int folder) override {
    return repeated([&] { return ::fsync(folder); });
  }
  int sync_all(int file) override {
    return repeated([&] { return ::syncfs(file); });
  }
  int close(int file) override {
    // Linux releases the descriptor even when a signal interrupts the call.
    return ::close(file) == 0 || errno == EINTR ? 0 : -errno;
  }
  ssize_t copy_range(int from, std::uint64_t offset, int to, std::uint64_t size_bytes) override {
    return repeated([&] {
      auto position = static_cast<off64_t>(offset);
      return ::copy_file_range(from, &position, to, nullptr, size_bytes, 0);
    });
  }

  int rename(int folder, const char* name, int to_folder, const char* to_name) override {
    return repeated([&] { return ::renameat(folder, name, to_folder, to_name); });
  }
  int rename_if_absent(int folder, const char* name, int to_folder, const char* to_name) override {
    const int renamed =
        repeated([&] { return ::renameat2(folder, name, to_folder, to_name, RENAME_NOREPLACE); });
    if (renamed != -EINVAL && renamed != -ENOSYS) return renamed;
    // File systems without the flag (NFS) have hard links.
    const int linked = repeated([&] { return ::linkat(folder, name, to_folder, to_name, 0); });
    return linked < 0 ? linked : unlink(folder, name);
  }
  int unlink(int folder, const char* name) override {
    return repeated([&] { return ::unlinkat(folder, name, 0); });
  }
  int make_folder(int folder, const char* name) override {
    return repeated([&] { return ::mkdirat(folder, name, kFolderMode); });
  }
  int remove_folder(int folder, const char* name) override {
    return repeated([&] { return ::unlinkat(folder, name, AT_REMOVEDIR); });
  }

  int stat(int file, struct stat& into) override {
    return repeated([&] { return ::fstat(file, &into); });
  }
  int stat_name(int folder, const char* name, struct stat& into) override {
    return repeated([&] { return ::fstatat(folder, name, &into, AT_SYMLINK_NOFOLLOW); });
  }
  int read_folder(int folder, const std::function<void(const char*, unsigned char)>& visit) override {
    // A description of its own: the position of a shared one would be shared too.
    const int fd = repeated([&] { return ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (fd < 0) return fd;
    DIR* stream = ::fdopendir(fd);
    if (!stream) {
      const int failure = -errno;
      ::close(fd);
      return failure;
    }
    int failure = 0;
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(stream);
      if (!entry) {
        failure = -errno;
        break;
      }
      if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0)
        visit(entry->d_name, entry->d_type);
    }
    ::closedir(stream);
    return failure;
  }
  int free_bytes(int file, std::uint64_t& into) override {
    struct statvfs space{};
    const int failure = repeated([&] { return ::fstatvfs(file, &space); });
    into = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
    return failure;
  }

 private:
  std::atomic<bool> no_openat2_{false};
};

}  // namespace

FileSystem& real_file_system() {
  static RealFileSystem system;
  return system;
}

}  // namespace mere::block
