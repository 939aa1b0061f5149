#include "kv/log_space.h"

#include <fcntl.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/fd.h"

namespace mere::kv {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

// A log gets as much again as it has, within these: a small one stays small, and no sync has much to write.
constexpr std::uint64_t kLeast = 64u << 10;
constexpr std::uint64_t kMost = 1u << 20;
constexpr std::array<char, 64u << 10> kZeroes{};

class LogFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  LogFile(std::unique_ptr<rocksdb::FSWritableFile>&& file, Fd fd)
      : FSWritableFileOwnerWrapper(std::move(file)), fd_(std::move(fd)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    make_room(data.size());
    return counted(FSWritableFileOwnerWrapper::Append(data, options, debug), data.size());
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& verification, IODebugContext* debug) override {
    make_room(data.size());
    return counted(FSWritableFileOwnerWrapper::Append(data, options, verification, debug), data.size());
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    if (room_ > end_ && fd_) {
      // If it cannot be cut, zeroes stay.
      [[maybe_unused]] const int cut = ::ftruncate(fd_.get(), static_cast<off_t>(end_));
    }
    fd_ = Fd();
    return FSWritableFileOwnerWrapper::Close(options, debug);
  }

 private:
  IOStatus counted(IOStatus status, std::size_t bytes) {
    // After an error nobody knows where the file ends: no zeroes must come to lie over what was written.
    if (status.ok())
      end_ += bytes;
    else
      fd_ = Fd();
    return status;
  }

  // Zeroes behind what is about to be written. Where they cannot be had, the file grows as any other.
  void make_room(std::size_t bytes) {
    const std::uint64_t end = end_ + bytes;
    if (!fd_ || end <= room_) return;
    const std::uint64_t goal = end + std::clamp(end, kLeast, kMost);
    for (std::uint64_t at = std::max(room_, end); at < goal;) {
      const std::size_t count = std::min<std::uint64_t>(kZeroes.size(), goal - at);
      const ssize_t written = ::pwrite(fd_.get(), kZeroes.data(), count, static_cast<off_t>(at));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return;
      at += static_cast<std::uint64_t>(written);
      room_ = at;
    }
  }

  Fd fd_;                   // of the same file; none where it is as any other
  std::uint64_t end_ = 0;   // of what was written
  std::uint64_t room_ = 0;  // the file's size, if that is more
};

class LogSpace final : public rocksdb::FileSystemWrapper {
 public:
  LogSpace() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

  const char* Name() const override { return "mere.LogSpace"; }
  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) override {
    IOStatus made = FileSystemWrapper::NewWritableFile(path, options, file, debug);
    if (!made.ok() || !path.ends_with(".log") || options.use_direct_writes) return made;
    *file = std::make_unique<LogFile>(std::move(*file), Fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC)));
    return made;
  }
};

}  // namespace

rocksdb::Env* env_with_log_space() {
  static rocksdb::Env* const env = rocksdb::NewCompositeEnv(std::make_shared<LogSpace>()).release();
  return env;
}

}  // namespace mere::kv
