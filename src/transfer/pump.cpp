#include "transfer/pump.h"

namespace mere::transfer {

Task<Result<std::size_t>> read_full(http::BodyReader& body, std::span<std::byte> into) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const Result<std::size_t> read = co_await body.read(into.subspan(filled));
    if (!read) co_return read.error();
    if (*read == 0) break;
    filled += *read;
  }
  co_return filled;
}

}  // namespace mere::transfer
