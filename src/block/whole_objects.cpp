#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "block/store.h"

namespace mere::block {
namespace {

constexpr std::size_t kChunk = 1u << 20;

}  // namespace

Result<std::string> read_all(const Store& store, const Address& address, std::size_t limit_bytes) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Reader> reader, store.open(address));
  const std::uint64_t size_bytes = reader->properties().size_bytes;
  if (size_bytes > limit_bytes)
    return Error{Code::too_large, fmt::format("'{}' has {} bytes, more than the {} allowed here", address.uri,
                                              size_bytes, limit_bytes)};
  std::string bytes(static_cast<std::size_t>(size_bytes), '\0');
  ASSIGN_OR_RETURN(const std::size_t count, reader->read_at(0, std::as_writable_bytes(std::span(bytes))));
  bytes.resize(count);
  return bytes;
}

Status write_all(Store& store, const Address& address, std::string_view bytes, const WriteOptions& options) {
  WriteOptions known = options;
  known.expected_size_bytes = bytes.size();
  ASSIGN_OR_RETURN(const std::unique_ptr<Writer> writer, store.create(address, known));
  RETURN_IF_ERROR(writer->append(std::as_bytes(std::span(bytes))));
  RETURN_IF_ERROR(writer->finish());
  return {};
}

Result<std::string> content_md5(const Store& store, const Address& address) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Reader> reader, store.open(address));
  Digest digest = Digest::md5();
  std::vector<std::byte> buffer(
      static_cast<std::size_t>(std::clamp<std::uint64_t>(reader->properties().size_bytes, 1, kChunk)));
  for (std::uint64_t offset = 0;;) {
    ASSIGN_OR_RETURN(const std::size_t count, reader->read_at(offset, buffer));
    if (count == 0) return digest.finish_hex();
    digest.update(std::span<const std::byte>(buffer).first(count));
    offset += count;
  }
}

}  // namespace mere::block
