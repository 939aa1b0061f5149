#include "client/save_body.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/fd.h"
#include "base/random.h"
#include "base/write_all.h"

namespace mere::client {
namespace {

constexpr std::size_t kPiece = 1u << 20;

Error failure(const std::string& path) {
  const int number = errno;
  const Code code = number == ENOSPC || number == EDQUOT                     ? Code::no_space
                    : number == ENOENT                                       ? Code::not_found
                    : number == EACCES || number == EPERM || number == EROFS ? Code::permission_denied
                                                                             : Code::io_error;
  return {code, fmt::format("{}: {}", path, std::strerror(number))};
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

// A file in the folder of `path` that becomes `path` when it is whole, and else goes without a trace.
//
// Linux has files without a name (O_TMPFILE). One that is given its name at the end changes its folder once;
// a name for the meantime and its renaming change it three times, each with the folder's lock held, which
// costs twice the processor where many files are made side by side. Where there are none, or one cannot be
// given a name, a named one does. Its functions answer false with errno set.
class Unfinished {
 public:
  explicit Unfinished(std::string path) : path_(std::move(path)) {}
  ~Unfinished() {
    if (!part_.empty()) ::unlink(part_.c_str());
  }
  bool open() {
    file_ = Fd(::open(folder_of(path_).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666));
    return file_ || open_part();
  }
  int file() const { return file_.get(); }
  bool finish() {
    if (part_.empty()) {
      if (link_as(path_)) return close_or_remove(path_);
      const bool named = errno == EEXIST ? link_as_part() : copy_to_part();  // EEXIST: it will be replaced
      if (!named) return false;
    }
    if (::close(file_.release()) != 0 || ::rename(part_.c_str(), path_.c_str()) != 0) return false;
    part_.clear();
    return true;
  }

 private:
  std::string new_part() const {
    return fmt::format("{}.{:08x}.part", path_, static_cast<std::uint32_t>(system_random().next_u64()));
  }
  bool open_part() {
    std::string part = new_part();
    file_ = Fd(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file_) part_ = std::move(part);
    return static_cast<bool>(file_);
  }
  bool link_as(const std::string& name) const {
    const std::string self = fmt::format("/proc/self/fd/{}", file_.get());
    return ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
  }
  bool link_as_part() {
    std::string part = new_part();
    if (!link_as(part)) return false;
    part_ = std::move(part);
    return true;
  }
  bool copy_to_part() {
    const Fd unnamed = std::move(file_);
    if (!open_part()) return false;
    off64_t position = 0;
    ssize_t count = 0;
    do {
      count = ::copy_file_range(unnamed.get(), &position, file_.get(), nullptr, kPiece, 0);
    } while (count > 0);
    return count == 0;
  }
  bool close_or_remove(const std::string& name) {
    if (::close(file_.release()) == 0) return true;
    const int number = errno;
    ::unlink(name.c_str());
    errno = number;
    return false;
  }

  const std::string path_;
  Fd file_;
  std::string part_;  // its name meanwhile; "": none
};

}  // namespace

Task<Result<std::uint64_t>> save_body(BodyCursor& body, std::string path) {
  Unfinished saved(path);
  if (!saved.open()) co_return failure(path);
  std::uint64_t size = 0;
  std::vector<std::byte> piece(
      std::min<std::uint64_t>(kPiece, std::max<std::uint64_t>(body.left().value_or(kPiece), 1)));
  for (;;) {
    Task<Result<std::size_t>> filling = body.fill(piece);
    const Result<std::size_t> filled = co_await std::move(filling);
    if (!filled) co_return filled.error();
    if (*filled == 0) break;
    if (!write_all(saved.file(), std::span(piece).first(*filled))) co_return failure(path);
    size += *filled;
  }
  if (!saved.finish()) co_return failure(path);
  co_return size;
}

}  // namespace mere::client
