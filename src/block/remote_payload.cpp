#include "block/remote_payload.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/check.h"
#include "base/hash.h"
#include "block/copy_at.h"

namespace mere::block {
namespace {

constexpr std::size_t kFirstBlock = 16u << 10;
constexpr std::size_t kLargestBlock = 1u << 20;

class StringPayload final : public Payload {
 public:
  explicit StringPayload(std::string bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size_bytes() const override { return bytes_.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    return copy_at(bytes_, offset, into);
  }

 private:
  const std::string bytes_;
};

class PayloadBody final : public http::BodyReader {
 public:
  explicit PayloadBody(std::shared_ptr<const Payload> payload) : payload_(std::move(payload)) {}
  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    Result<std::size_t> count = payload_->read_at(position_, into);
    if (count) position_ += *count;
    co_return count;
  }

 private:
  const std::shared_ptr<const Payload> payload_;
  std::uint64_t position_ = 0;
};

Error spool_error(const char* what, const std::string& folder) {
  return Error{errno == ENOSPC || errno == EDQUOT ? Code::no_space : Code::io_error,
               fmt::format("cannot {} a temporary file in {} for bytes on their way to the store: {}", what,
                           folder, std::strerror(errno))};
}

Result<Fd> open_nameless(const std::string& folder) {
  Fd file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file) return file;
  // A file system that has no nameless files.
  std::string name = folder + "/mere-spool-XXXXXX";
  file = Fd(::mkostemp(name.data(), O_CLOEXEC));
  if (!file) return spool_error("create", folder);
  ::unlink(name.c_str());
  return file;
}

}  // namespace

bool MemoryBudget::take(std::size_t bytes) {
  const auto wanted = static_cast<std::ptrdiff_t>(bytes);
  if (left_.fetch_sub(wanted) >= wanted) return true;
  left_ += wanted;
  return false;
}

// Blocks of memory, then a file.
class PayloadBuilder::Spooled final : public Payload {
 public:
  explicit Spooled(MemoryBudget& budget) : budget_(budget) {}
  ~Spooled() override { budget_.give(reserved_); }

  std::uint64_t size_bytes() const override { return in_memory_ + in_file_; }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    std::size_t done = 0;
    while (done < into.size() && offset < size_bytes()) {
      ASSIGN_OR_RETURN(const std::size_t count, offset < in_memory_ ? read_memory(offset, into.subspan(done))
                                                                    : read_file(offset, into.subspan(done)));
      done += count;
      offset += count;
    }
    return done;
  }

  Status append(std::span<const std::byte> bytes, std::size_t memory_limit, const std::string& folder) {
    while (!bytes.empty()) {
      if (file_ || !has_room(memory_limit)) {
        in_memory_is_whole_ = true;
        return append_to_file(bytes, folder);
      }
      Block& block = blocks_.back();
      const std::size_t count = std::min<std::size_t>(
          bytes.size(), block.size - static_cast<std::size_t>(in_memory_ - block.begin));
      std::memcpy(block.bytes.get() + (in_memory_ - block.begin), bytes.data(), count);
      in_memory_ += count;
      bytes = bytes.subspan(count);
    }
    return {};
  }

 private:
  struct Block {
    std::uint64_t begin = 0;
    std::size_t size = 0;
    std::unique_ptr<std::byte[]> bytes;
  };

  // True once the last block has room for at least a byte.
  bool has_room(std::size_t memory_limit) {
    if (in_memory_is_whole_) return false;
    if (!blocks_.empty() && in_memory_ < blocks_.back().begin + blocks_.back().size) return true;
    if (in_memory_ >= memory_limit) return false;
    const std::size_t size = blocks_.empty() ? kFirstBlock : std::min(blocks_.back().size * 2, kLargestBlock);
    if (!budget_.take(size)) return false;
    reserved_ += size;
    blocks_.push_back({in_memory_, size, std::make_unique_for_overwrite<std::byte[]>(size)});
    return true;
  }

  Status append_to_file(std::span<const std::byte> bytes, const std::string& folder) {
    if (!file_) {
      ASSIGN_OR_RETURN(file_, open_nameless(folder));
    }
    while (!bytes.empty()) {
      const ssize_t count = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(in_file_));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return spool_error("write to", folder);
      in_file_ += static_cast<std::uint64_t>(count);
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
  }

  Result<std::size_t> read_memory(std::uint64_t offset, std::span<std::byte> into) const {
    const auto after =
        std::upper_bound(blocks_.begin(), blocks_.end(), offset,
                         [](std::uint64_t at, const Block& block) { return at < block.begin; });
    const Block& block = *std::prev(after);
    const std::uint64_t end = std::min(block.begin + block.size, in_memory_);
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), end - offset));
    std::memcpy(into.data(), block.bytes.get() + (offset - block.begin), count);
    return count;
  }

  Result<std::size_t> read_file(std::uint64_t offset, std::span<std::byte> into) const {
    for (;;) {
      const ssize_t count =
          ::pread(file_.get(), into.data(), into.size(), static_cast<off_t>(offset - in_memory_));
      if (count > 0) return static_cast<std::size_t>(count);
      if (count < 0 && errno == EINTR) continue;
      return Error{Code::io_error, fmt::format("cannot read back a temporary file: {}",
                                               count == 0 ? "it is too short" : std::strerror(errno))};
    }
  }

  MemoryBudget& budget_;
  std::vector<Block> blocks_;
  std::size_t reserved_ = 0;
  std::uint64_t in_memory_ = 0;
  bool in_memory_is_whole_ = false;
  Fd file_;
  std::uint64_t in_file_ = 0;
};

PayloadBuilder::PayloadBuilder(MemoryBudget& budget, std::string spool_folder, std::size_t memory_limit)
    : spool_folder_(std::move(spool_folder)),
      memory_limit_(memory_limit),
      spooled_(std::make_shared<Spooled>(budget)) {}
PayloadBuilder::~PayloadBuilder() = default;
PayloadBuilder::PayloadBuilder(PayloadBuilder&&) noexcept = default;
PayloadBuilder& PayloadBuilder::operator=(PayloadBuilder&&) noexcept = default;

std::uint64_t PayloadBuilder::size_bytes() const {
  return spooled_->size_bytes();
}

Status PayloadBuilder::append(std::span<const std::byte> bytes) {
  MERE_CHECK(spooled_);
  return spooled_->append(bytes, memory_limit_, spool_folder_);
}

std::shared_ptr<const Payload> PayloadBuilder::finish() {
  MERE_CHECK(spooled_);
  return std::exchange(spooled_, nullptr);
}

std::shared_ptr<const Payload> make_payload(std::string bytes) {
  return std::make_shared<StringPayload>(std::move(bytes));
}

std::unique_ptr<http::BodyReader> make_payload_body(std::shared_ptr<const Payload> payload) {
  return std::make_unique<PayloadBody>(std::move(payload));
}

Result<std::string> payload_md5(const Payload& payload) {
  Digest digest = Digest::md5();
  const std::size_t piece = std::min<std::uint64_t>(payload.size_bytes(), kLargestBlock);
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(piece);
  for (std::uint64_t offset = 0; offset < payload.size_bytes();) {
    ASSIGN_OR_RETURN(const std::size_t count, payload.read_at(offset, {buffer.get(), piece}));
    if (count == 0) break;
    digest.update(std::span<const std::byte>(buffer.get(), count));
    offset += count;
  }
  return digest.finish();
}

}  // namespace mere::block
