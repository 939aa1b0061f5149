#include "http/message.h"

#include <algorithm>
#include <cstring>

#include "base/encoding.h"

namespace mere::http {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

class StringBody final : public BodyReader {
 public:
  explicit StringBody(std::string bytes) : bytes_(std::move(bytes)) {}

  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    const std::size_t count = std::min(into.size(), bytes_.size() - position_);
    std::memcpy(into.data(), bytes_.data() + position_, count);
    position_ += count;
    co_return count;
  }

 private:
  std::string bytes_;
  std::size_t position_ = 0;
};

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

void Headers::set(std::string_view name, std::string value) {
  const auto first = std::find_if(fields_.begin(), fields_.end(),
                                  [&](const Field& field) { return equal_ignoring_case(field.first, name); });
  if (first == fields_.end()) {
    add(std::string(name), std::move(value));
    return;
  }
  first->second = std::move(value);
  fields_.erase(std::remove_if(first + 1, fields_.end(),
                               [&](const Field& field) { return equal_ignoring_case(field.first, name); }),
                fields_.end());
}

void Headers::erase(std::string_view name) {
  std::erase_if(fields_, [&](const Field& field) { return equal_ignoring_case(field.first, name); });
}

const std::string* Headers::find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (equal_ignoring_case(field.first, name)) return &field.second;
  }
  return nullptr;
}

std::string_view Headers::get(std::string_view name) const {
  const std::string* value = find(name);
  return value ? std::string_view(*value) : std::string_view();
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const std::string_view piece = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), piece.size() + 1));
    if (piece.empty()) continue;

    const std::size_t equals = piece.find('=');
    auto name = percent_decode(piece.substr(0, equals), true);
    auto value = percent_decode(equals == piece.npos ? std::string_view() : piece.substr(equals + 1), true);
    if (!name || !value) return std::nullopt;
    pairs.emplace_back(*std::move(name), *std::move(value));
  }
  return pairs;
}

Task<Result<std::string>> read_all(BodyReader* body, std::size_t limit) {
  MemoryShare unbounded(nullptr);
  co_return co_await read_all(body, limit, unbounded);
}

Task<Result<std::string>> read_all(BodyReader* body, std::size_t limit, MemoryShare& share) {
  std::string bytes;
  if (!body) co_return bytes;
  constexpr std::size_t kFirstStep = 4096;
  constexpr std::size_t kLastStep = 1u << 20;
  constexpr std::size_t kSmall = 64u << 10;
  for (std::size_t step = kFirstStep;; step = std::min(step * 2, kLastStep)) {
    const std::size_t have = bytes.size();
    // One byte more than may come, so that the end and the excess are told apart.
    const std::size_t wanted = have + std::min(step, limit - have + 1);
    if (wanted > bytes.capacity()) {
      const std::size_t capacity = std::max(wanted, std::min(2 * bytes.capacity(), limit + 1));
      if (capacity > kSmall && !share.grow_to(capacity)) {
        co_return Error{Code::unavailable, "too much is being sent to this server at once: try again later"};
      }
      bytes.reserve(capacity);
    }
    bytes.resize(wanted);
    const std::span<char> space(bytes.data() + have, bytes.size() - have);
    Result<std::size_t> count = co_await body->read(std::as_writable_bytes(space));
    if (!count) co_return std::move(count).error();
    bytes.resize(have + *count);
    if (*count == 0) co_return bytes;
    if (bytes.size() > limit) {
      co_return Error{Code::too_large, "the body is larger than " + std::to_string(limit) + " bytes"};
    }
  }
}

std::unique_ptr<BodyReader> make_string_body(std::string bytes) {
  return std::make_unique<StringBody>(std::move(bytes));
}

}  // namespace mere::http
