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

// Removed unless it was renamed.
struct Unfinished {
  std::string path;
  bool renamed = false;
  ~Unfinished() {
    if (!renamed) ::unlink(path.c_str());
  }
};

}  // namespace

Task<Result<std::uint64_t>> save_body(BodyCursor& body, std::string path) {
  Unfinished part{
      fmt::format("{}.{:08x}.part", path, static_cast<std::uint32_t>(system_random().next_u64()))};
  Fd file(::open(part.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file) {
    part.renamed = true;  // nothing is there to remove
    co_return failure(path);
  }
  std::uint64_t size = 0;
  std::vector<std::byte> piece(
      std::min<std::uint64_t>(kPiece, std::max<std::uint64_t>(body.left().value_or(kPiece), 1)));
  for (;;) {
    Task<Result<std::size_t>> filling = body.fill(piece);
    const Result<std::size_t> filled = co_await std::move(filling);
    if (!filled) co_return filled.error();
    if (*filled == 0) break;
    if (!write_all(file.get(), std::span(piece).first(*filled))) co_return failure(path);
    size += *filled;
  }
  if (::close(file.release()) != 0 || ::rename(part.path.c_str(), path.c_str()) != 0) co_return failure(path);
  part.renamed = true;
  co_return size;
}

}  // namespace mere::client
