#include "transfer/object_body.h"

namespace mere::transfer {
namespace {

// Up to here copying costs less than handing a file to the socket.
constexpr std::uint64_t kCopiedBytes = 16u << 10;

class ObjectBody final : public http::BodyReader {
 public:
  ObjectBody(std::shared_ptr<const block::Reader> reader, std::uint64_t offset, std::uint64_t length,
             WorkQueue& workers, Executor& executor)
      : reader_(std::move(reader)), offset_(offset), left_(length), workers_(workers), executor_(executor) {}

  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left_));
    if (wanted == 0) co_return std::size_t{0};
    auto work = [&] { return reader_->read_at(offset_, into.first(wanted)); };
    const Result<std::size_t> read = co_await offload(workers_, executor_, work);
    if (!read) co_return read.error();
    if (*read == 0) co_return Error{Code::corrupt, "the object is shorter than its entry says"};
    offset_ += *read;
    left_ -= *read;
    co_return *read;
  }

 private:
  std::shared_ptr<const block::Reader> reader_;
  std::uint64_t offset_;
  std::uint64_t left_;
  WorkQueue& workers_;
  Executor& executor_;
};

}  // namespace

http::Body object_body(std::shared_ptr<const block::Reader> reader, std::uint64_t offset,
                       std::uint64_t length, WorkQueue& workers, Executor& executor) {
  if (const std::string_view bytes = reader->memory(); !bytes.empty()) {
    return std::string(bytes.substr(offset, length));
  }
  if (const Fd* file = reader->file()) {
    if (length <= kCopiedBytes) {
      std::string bytes(length, '\0');
      const auto read = reader->read_at(offset, std::as_writable_bytes(std::span(bytes)));
      if (read && *read == length) return bytes;
    }
    return http::FileBody{std::shared_ptr<const Fd>(std::move(reader), file), offset, length};
  }
  return http::StreamBody{std::make_unique<ObjectBody>(std::move(reader), offset, length, workers, executor),
                          length};
}

}  // namespace mere::transfer
