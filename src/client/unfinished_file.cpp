#include "client/unfinished_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <vector>

#include "base/random.h"
#include "base/write_all.h"

namespace mere::client {
namespace {

constexpr std::size_t kPiece = 1u << 20;

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

class SystemNamelessFiles final : public NamelessFiles {
 public:
  Fd open(const std::string& folder) const override {
    return Fd(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666));
  }
  bool name(int file, const std::string& path) const override {
    const std::string self = fmt::format("/proc/self/fd/{}", file);
    return ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0;
  }
};

}  // namespace

const NamelessFiles& system_nameless_files() {
  static const SystemNamelessFiles files;
  return files;
}

UnfinishedFile::~UnfinishedFile() {
  if (!part_.empty()) ::unlink(part_.c_str());
}

bool UnfinishedFile::open() {
  file_ = nameless_.open(folder_of(path_));
  return file_ || open_part();
}

bool UnfinishedFile::finish() {
  if (part_.empty()) {
    if (nameless_.name(file_.get(), path_)) return close_or_remove(path_);
    const bool named = errno == EEXIST ? name_as_part() : copy_to_part();  // EEXIST: it will be replaced
    if (!named) return false;
  }
  if (::close(file_.release()) != 0 || ::rename(part_.c_str(), path_.c_str()) != 0) return false;
  part_.clear();
  return true;
}

std::string UnfinishedFile::new_part() const {
  return fmt::format("{}.{:08x}.part", path_, static_cast<std::uint32_t>(system_random().next_u64()));
}

bool UnfinishedFile::open_part() {
  std::string part = new_part();
  file_ = Fd(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file_) part_ = std::move(part);
  return static_cast<bool>(file_);
}

bool UnfinishedFile::name_as_part() {
  std::string part = new_part();
  if (!nameless_.name(file_.get(), part)) return false;
  part_ = std::move(part);
  return true;
}

// By reads and writes, which every file system has.
bool UnfinishedFile::copy_to_part() {
  const Fd nameless = std::move(file_);
  if (!open_part()) return false;
  std::vector<std::byte> piece(kPiece);
  for (off_t position = 0;;) {
    const ssize_t count = ::pread(nameless.get(), piece.data(), piece.size(), position);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count == 0;
    if (!write_all(file_.get(), std::span(piece).first(static_cast<std::size_t>(count)))) return false;
    position += count;
  }
}

bool UnfinishedFile::close_or_remove(const std::string& name) {
  if (::close(file_.release()) == 0) return true;
  const int number = errno;
  ::unlink(name.c_str());
  errno = number;
  return false;
}

}  // namespace mere::client
