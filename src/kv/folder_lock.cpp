#include "kv/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>

namespace mere::kv {
namespace {

Error failed(const std::string& doing, int error) {
  const Code code = error == ENOSPC || error == EDQUOT ? Code::no_space : Code::io_error;
  return {code, doing + ": " + std::generic_category().message(error)};
}

Status sync_folder(const std::string& folder) {
  const Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot sync a folder, and say EINVAL.
  if (!fd || (::fsync(fd.get()) != 0 && errno != EINVAL))
    return failed("cannot sync folder " + folder, errno);
  return {};
}

// Who wrote its process id into the lock file; "" if that is not to be read.
std::string holder(int fd) {
  std::array<char, 20> text;
  const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
  long process = 0;
  if (size <= 0 || std::from_chars(text.data(), text.data() + size, process).ec != std::errc()) return "";
  return " (process " + std::to_string(process) + ")";
}

}  // namespace

Status make_folder(const std::string& folder) {
  const std::filesystem::path path = std::filesystem::absolute(folder).lexically_normal();
  std::filesystem::path made;
  for (const auto& part : path) {
    const std::filesystem::path above = made;
    made /= part;
    if (part.empty() || made == path.root_path()) continue;
    if (::mkdir(made.c_str(), 0777) == 0) {
      RETURN_IF_ERROR(sync_folder(above.string()));
    } else if (errno != EEXIST) {
      const int error = errno;
      struct stat found{};
      // A folder that is there but may not be made: on a read-only file system or in another's home.
      if (::stat(made.c_str(), &found) != 0) return failed("cannot make folder " + made.string(), error);
    }
  }
  return {};
}

Result<Fd> lock_folder(const std::string& folder) {
  const std::string path = folder + "/mere.lock";
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!fd) return failed("cannot open " + path, errno);
  // flock rather than fcntl: that one lets the same process in twice.
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failed("cannot lock " + path, errno);
    return Error{Code::unavailable, "folder " + folder + " is in use by another Mere" + holder(fd.get()) +
                                        ": stop that one, talk to it as a server, or choose another folder"};
  }
  const std::string process = std::to_string(::getpid()) + "\n";
  // For the message above only: a full disk must not keep a store from being read.
  if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), process.data(), process.size(), 0) < 0) errno = 0;
  return fd;
}

}  // namespace mere::kv
