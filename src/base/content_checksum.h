// The checksums that S3 clients send and ask for, computed as bytes pass
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mere {

enum class ChecksumAlgorithm { crc32, crc32c, crc64nvme, sha1, sha256 };

// "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", as S3 names them; without case when parsed.
std::string_view name_of(ChecksumAlgorithm algorithm);
std::optional<ChecksumAlgorithm> parse_checksum_algorithm(std::string_view name);
// "x-amz-checksum-crc32".
std::string_view checksum_header(ChecksumAlgorithm algorithm);
std::size_t checksum_size_bytes(ChecksumAlgorithm algorithm);

// One in progress. Movable, not thread-safe.
class ContentChecksum {
 public:
  explicit ContentChecksum(ChecksumAlgorithm algorithm);
  ContentChecksum(ContentChecksum&&) noexcept;
  ContentChecksum& operator=(ContentChecksum&&) noexcept;
  ~ContentChecksum();

  void update(std::span<const std::byte> bytes);
  std::string finish();  // raw, most significant byte first; once
  ChecksumAlgorithm algorithm() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The CRC of two pieces one after the other, from the CRC of each (raw, as finish() gives them) and the
// second's length. Only for the three CRCs.
std::string combine_checksums(ChecksumAlgorithm algorithm, std::string_view first, std::string_view second,
                              std::uint64_t second_size_bytes);

}  // namespace mere
