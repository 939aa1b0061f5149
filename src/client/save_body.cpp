#include "client/save_body.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

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

}  // namespace

Task<Result<std::uint64_t>> save_body(BodyCursor& body, std::string path, const NamelessFiles& nameless) {
  UnfinishedFile saved(path, nameless);
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
