#include "base/content_checksum.h"

#include <algorithm>
#include <array>
#include <variant>

#include "base/check.h"
#include "base/crc.h"
#include "base/hash.h"

namespace mere {
namespace {

struct Row {
  std::string_view name;
  std::string_view header;
  std::size_t size_bytes;
};

// In the order of the enumerators.
constexpr std::array<Row, 5> kRows = {{{"CRC32", "x-amz-checksum-crc32", 4},
                                       {"CRC32C", "x-amz-checksum-crc32c", 4},
                                       {"CRC64NVME", "x-amz-checksum-crc64nvme", 8},
                                       {"SHA1", "x-amz-checksum-sha1", 20},
                                       {"SHA256", "x-amz-checksum-sha256", 32}}};

const Row& row_of(ChecksumAlgorithm algorithm) {
  return kRows[static_cast<std::size_t>(algorithm)];
}

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// Null for the two that are digests.
const Crc* crc_of(ChecksumAlgorithm algorithm) {
  switch (algorithm) {
    case ChecksumAlgorithm::crc32:
      return &Crc::crc32();
    case ChecksumAlgorithm::crc32c:
      return &Crc::crc32c();
    case ChecksumAlgorithm::crc64nvme:
      return &Crc::crc64nvme();
    case ChecksumAlgorithm::sha1:
    case ChecksumAlgorithm::sha256:
      break;
  }
  return nullptr;
}

std::string big_endian(std::uint64_t value, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = size; i > 0; --i, value >>= 8) bytes[i - 1] = static_cast<char>(value & 0xff);
  return bytes;
}

std::uint64_t from_big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

struct RunningCrc {
  const Crc* crc;
  std::uint64_t value = 0;
};

}  // namespace

std::string_view name_of(ChecksumAlgorithm algorithm) {
  return row_of(algorithm).name;
}

std::optional<ChecksumAlgorithm> parse_checksum_algorithm(std::string_view name) {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    const bool equal = std::equal(name.begin(), name.end(), kRows[i].name.begin(), kRows[i].name.end(),
                                  [](char a, char b) { return upper(a) == b; });
    if (equal) return static_cast<ChecksumAlgorithm>(i);
  }
  return std::nullopt;
}

std::string_view checksum_header(ChecksumAlgorithm algorithm) {
  return row_of(algorithm).header;
}

std::size_t checksum_size_bytes(ChecksumAlgorithm algorithm) {
  return row_of(algorithm).size_bytes;
}

struct ContentChecksum::Impl {
  ChecksumAlgorithm algorithm;
  std::variant<RunningCrc, Digest> running;
};

ContentChecksum::ContentChecksum(ChecksumAlgorithm algorithm) {
  if (const Crc* crc = crc_of(algorithm)) {
    impl_.reset(new Impl{algorithm, RunningCrc{crc}});
  } else {
    impl_.reset(
        new Impl{algorithm, algorithm == ChecksumAlgorithm::sha1 ? Digest::sha1() : Digest::sha256()});
  }
}
ContentChecksum::ContentChecksum(ContentChecksum&&) noexcept = default;
ContentChecksum& ContentChecksum::operator=(ContentChecksum&&) noexcept = default;
ContentChecksum::~ContentChecksum() = default;

void ContentChecksum::update(std::span<const std::byte> bytes) {
  if (auto* crc = std::get_if<RunningCrc>(&impl_->running)) {
    crc->value = crc->crc->extend(crc->value, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  } else {
    std::get<Digest>(impl_->running).update(bytes);
  }
}

std::string ContentChecksum::finish() {
  if (auto* crc = std::get_if<RunningCrc>(&impl_->running)) {
    return big_endian(crc->value, checksum_size_bytes(impl_->algorithm));
  }
  return std::get<Digest>(impl_->running).finish();
}

ChecksumAlgorithm ContentChecksum::algorithm() const {
  return impl_->algorithm;
}

std::string combine_checksums(ChecksumAlgorithm algorithm, std::string_view first, std::string_view second,
                              std::uint64_t second_size_bytes) {
  const Crc* crc = crc_of(algorithm);
  const std::size_t size = checksum_size_bytes(algorithm);
  MERE_CHECK(crc != nullptr && first.size() == size && second.size() == size);
  return big_endian(crc->combine(from_big_endian(first), from_big_endian(second), second_size_bytes), size);
}

}  // namespace mere
