#include "torture/content.h"

#include <cstring>
#include <numeric>
#include <string_view>
#include <utility>

#include "base/hash.h"
#include "torture/dice.h"

namespace mere::torture {

std::string bytes_of(std::uint64_t content, std::uint64_t size_bytes) {
  Dice dice(seed_of(content, size_bytes));
  std::string bytes(size_bytes, '\0');
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t word = dice.next();
    std::memcpy(bytes.data() + at, &word, std::min(sizeof word, bytes.size() - at));
  }
  return bytes;
}

ObjectState object_of(std::uint64_t content, std::uint64_t size_bytes, std::string note) {
  // One empty object in the place of another is no change: they have the same number.
  if (size_bytes == 0) content = 0;
  return {content, size_bytes, Digest::md5().update(bytes_of(content, size_bytes)).finish_hex(),
          std::move(note)};
}

ObjectState object_in_parts(std::uint64_t content, const std::vector<std::uint64_t>& parts,
                            std::string note) {
  ObjectState object{content, std::accumulate(parts.begin(), parts.end(), std::uint64_t{0}), "",
                     std::move(note)};
  const std::string bytes = bytes_of(content, object.size_bytes);
  Digest whole = Digest::md5();
  std::size_t at = 0;
  for (const std::uint64_t size : parts) {
    whole.update(md5(std::string_view(bytes).substr(at, size)));
    at += size;
  }
  object.checksum = whole.finish_hex();
  return object;
}

}  // namespace mere::torture
