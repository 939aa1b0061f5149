#include "serve/secrets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "base/encoding.h"
#include "base/fd.h"
#include "base/hash.h"
#include "base/write_all.h"

namespace mere::serve {
namespace {

Error failed(std::string_view what, const std::string& path, int error) {
  const Code code = error == ENOSPC   ? Code::no_space
                    : error == EACCES ? Code::permission_denied
                                      : Code::io_error;
  return Error{code, fmt::format("cannot {} {}: {}", what, path, std::strerror(error))};
}

Status write_whole(int fd, std::string_view bytes, const std::string& path) {
  if (!write_all(fd, bytes)) return failed("write", path, errno);
  if (::fsync(fd) != 0) return failed("sync", path, errno);
  return {};
}

Result<std::string> read_secret(const Fd& file, const std::string& path) {
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return failed("inspect", path, errno);
  if ((info.st_mode & 0077) != 0) {
    return Error{Code::permission_denied,
                 fmt::format("{} holds the installation's secret but others may read it; run: chmod 600 {}",
                             path, path)};
  }
  std::string text(1024, '\0');
  const ssize_t size = ::pread(file.get(), text.data(), text.size(), 0);
  if (size < 0) return failed("read", path, errno);
  text.resize(static_cast<std::size_t>(size));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.size() < 32) {
    return Error{Code::corrupt, fmt::format("{} is too short to be the installation's secret", path)};
  }
  return text;
}

Status sync_folder(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path();
  const Fd directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) return failed("sync", folder, errno);
  return {};
}

}  // namespace

Status write_private_file(const std::string& path, std::string_view text) {
  const std::string temporary = path + ".new";
  ::unlink(temporary.c_str());
  const Fd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return failed("create", temporary, errno);
  RETURN_IF_ERROR(write_whole(file.get(), text, temporary));
  if (::rename(temporary.c_str(), path.c_str()) != 0) return failed("create", path, errno);
  return sync_folder(path);
}

Result<std::string> load_or_make_secret(const std::string& path, Random& random) {
  if (const Fd existing(::open(path.c_str(), O_RDONLY | O_CLOEXEC)); existing)
    return read_secret(existing, path);
  if (errno != ENOENT) return failed("open", path, errno);

  std::array<std::byte, 32> bytes{};
  random.fill(bytes);
  const std::string secret = to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});

  RETURN_IF_ERROR(write_private_file(path, secret + "\n"));
  return secret;
}

std::string derive_secret(std::string_view secret, std::string_view purpose) {
  return to_hex(hmac_sha256(secret, purpose));
}

}  // namespace mere::serve
