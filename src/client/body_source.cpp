#include "client/body_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace mere::client {
namespace {

class MemoryReader final : public http::BodyReader {
 public:
  MemoryReader(std::shared_ptr<const void> owner, std::span<const std::byte> bytes)
      : owner_(std::move(owner)), bytes_(bytes) {}
  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    const std::size_t count = std::min(into.size(), bytes_.size());
    if (count > 0) std::memcpy(into.data(), bytes_.data(), count);
    bytes_ = bytes_.subspan(count);
    co_return count;
  }

 private:
  std::shared_ptr<const void> owner_;
  std::span<const std::byte> bytes_;
};

class BytesSource final : public BodySource {
 public:
  BytesSource(std::shared_ptr<const void> owner, std::span<const std::byte> bytes)
      : owner_(std::move(owner)), bytes_(bytes) {}
  Result<std::unique_ptr<http::BodyReader>> open(Executor&) override {
    return std::unique_ptr<http::BodyReader>(std::make_unique<MemoryReader>(owner_, bytes_));
  }
  std::optional<std::uint64_t> length() const override { return bytes_.size(); }
  bool repeatable() const override { return true; }

 private:
  std::shared_ptr<const void> owner_;
  std::span<const std::byte> bytes_;
};

class FileReader final : public http::BodyReader {
 public:
  FileReader(std::shared_ptr<const Fd> file, std::uint64_t from, std::uint64_t length)
      : file_(std::move(file)), position_(from), end_(from + length) {}
  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    const std::size_t wanted = std::min<std::uint64_t>(into.size(), end_ - position_);
    if (wanted == 0) co_return std::size_t{0};
    const ssize_t count = ::pread(file_->get(), into.data(), wanted, static_cast<off_t>(position_));
    if (count < 0)
      co_return Error{Code::io_error, fmt::format("reading the file to send: {}", std::strerror(errno))};
    if (count == 0) co_return Error{Code::io_error, "the file to send became shorter while it was read"};
    position_ += static_cast<std::uint64_t>(count);
    co_return static_cast<std::size_t>(count);
  }

 private:
  std::shared_ptr<const Fd> file_;
  std::uint64_t position_, end_;
};

class OpenFileSource final : public BodySource {
 public:
  OpenFileSource(Fd file, std::uint64_t from, std::uint64_t length)
      : file_(std::make_shared<const Fd>(std::move(file))), from_(from), length_(length) {}
  Result<std::unique_ptr<http::BodyReader>> open(Executor&) override {
    return std::unique_ptr<http::BodyReader>(std::make_unique<FileReader>(file_, from_, length_));
  }
  std::optional<std::uint64_t> length() const override { return length_; }
  bool repeatable() const override { return true; }

 private:
  std::shared_ptr<const Fd> file_;
  std::uint64_t from_, length_;
};

class NamedFileSource final : public BodySource {
 public:
  explicit NamedFileSource(std::string path) : path_(std::move(path)) {}
  Result<std::unique_ptr<http::BodyReader>> open(Executor&) override {
    Fd file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status{};
    if (!file || ::fstat(file.get(), &status) != 0) {
      const Code code = errno == ENOENT   ? Code::not_found
                        : errno == EACCES ? Code::permission_denied
                                          : Code::io_error;
      return Error{code, fmt::format("{}: {}", path_, std::strerror(errno))};
    }
    if (!S_ISREG(status.st_mode))
      return Error{Code::invalid_argument, fmt::format("{} is no regular file", path_)};
    length_ = static_cast<std::uint64_t>(status.st_size);
    return std::unique_ptr<http::BodyReader>(
        std::make_unique<FileReader>(std::make_shared<const Fd>(std::move(file)), 0, *length_));
  }
  std::optional<std::uint64_t> length() const override { return length_; }
  bool repeatable() const override { return true; }

 private:
  std::string path_;
  std::optional<std::uint64_t> length_;
};

}  // namespace

Status add_body(http::Request& request, BodySource* source, Executor& executor) {
  if (source == nullptr) return {};
  ASSIGN_OR_RETURN(request.body, source->open(executor));
  request.content_length = source->length();
  return {};
}

std::shared_ptr<BodySource> make_text_source(std::string text) {
  auto kept = std::make_shared<const std::string>(std::move(text));
  const auto bytes = std::as_bytes(std::span(*kept));
  return make_bytes_source(std::move(kept), bytes);
}

std::shared_ptr<BodySource> make_bytes_source(std::shared_ptr<const void> owner,
                                              std::span<const std::byte> bytes) {
  return std::make_shared<BytesSource>(std::move(owner), bytes);
}

std::shared_ptr<BodySource> make_file_source(std::string path) {
  return std::make_shared<NamedFileSource>(std::move(path));
}

std::shared_ptr<BodySource> make_open_file_source(Fd file, std::uint64_t offset, std::uint64_t length) {
  return std::make_shared<OpenFileSource>(std::move(file), offset, length);
}

}  // namespace mere::client
