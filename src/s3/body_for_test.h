// Bodies for tests: in pieces of a size, and framed as S3's streamed uploads are.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "base/executor.h"
#include "base/hash.h"
#include "http/message.h"
#include "s3/authentication.h"
#include "s3/signature_v4.h"

namespace mere::s3 {

class PiecewiseBody final : public http::BodyReader {
 public:
  PiecewiseBody(std::string bytes, std::size_t step) : bytes_(std::move(bytes)), step_(step) {}

  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    const std::size_t count = std::min({into.size(), step_, bytes_.size() - position_});
    std::copy_n(bytes_.data() + position_, count, reinterpret_cast<char*>(into.data()));
    position_ += count;
    co_return count;
  }

 private:
  std::string bytes_;
  std::size_t step_;
  std::size_t position_ = 0;
};

// Everything, read `step` bytes at a time.
inline Result<std::string> drain(http::BodyReader& body, std::size_t step = 1u << 16) {
  const auto read = [](http::BodyReader& from, std::size_t size) -> Task<Result<std::string>> {
    std::string all;
    std::vector<std::byte> buffer(size);
    while (true) {
      CO_ASSIGN_OR_RETURN(const std::size_t count, co_await from.read(buffer));
      if (count == 0) co_return all;
      all.append(reinterpret_cast<const char*>(buffer.data()), count);
    }
  };
  BlockingExecutor executor;
  return executor.run(read(body, step));
}

// The chunks, signed if `signing` is given (it moves on), up to the last one; a trailer may follow.
inline std::string framed(const std::vector<std::string>& chunks, ChunkSigning* signing) {
  std::string out;
  const auto add = [&](const std::string& chunk) {
    out += fmt::format("{:x}", chunk.size());
    if (signing) {
      signing->signature = http::aws_chunk_signature(signing->key, signing->timestamp, signing->scope,
                                                     signing->signature, to_hex(sha256(chunk)));
      out += ";chunk-signature=" + signing->signature;
    }
    out += "\r\n" + chunk;
    if (!chunk.empty()) out += "\r\n";
  };
  for (const std::string& chunk : chunks) add(chunk);
  add("");
  return out;
}

}  // namespace mere::s3
