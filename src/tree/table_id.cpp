#include "tree/table_id.h"

#include <charconv>

#include "tree/typed_hash.h"

namespace mere::tree {
namespace {
constexpr std::size_t kBufferBytes = 16384;
}

TableIdHasher::TableIdHasher() : digest_(Digest::sha256()) {
  buffer_.reserve(2 * kBufferBytes);
}

void TableIdHasher::add(std::string_view key, std::string_view value) {
  add_sized(key);
  add_sized(value);
}

void TableIdHasher::add_sized(std::string_view bytes) {
  char size[20];
  const char* const end = std::to_chars(size, size + sizeof size, bytes.size()).ptr;
  buffer_.append(size, static_cast<std::size_t>(end - size));
  if (bytes.size() > kBufferBytes) {
    digest_.update(buffer_).update(bytes);
    buffer_.clear();
  } else {
    buffer_ += bytes;
  }
  buffer_ += '|';
  if (buffer_.size() >= kBufferBytes) {
    digest_.update(buffer_);
    buffer_.clear();
  }
}

std::string TableIdHasher::finish(const std::map<std::string, std::string>& properties) {
  append_typed_map(buffer_, properties);
  digest_.update(buffer_);
  return digest_.finish_hex();
}

}  // namespace mere::tree
