// What Mere keeps with an entry beside the user's metadata: keys that begin with "::mere::". The REST API
// neither shows nor replaces them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/content_checksum.h"
#include "tree/types.h"

namespace mere::lake {

inline constexpr std::string_view kOwnPrefix = "::mere::";
inline constexpr std::string_view kPartsKey = "::mere::parts";        // "3": uploaded in so many parts
inline constexpr std::string_view kChecksumKey = "::mere::checksum";  // of the content, as below

inline bool is_own(std::string_view key) {
  return key.starts_with(kOwnPrefix);
}

// What a user may have said, without what only Mere says.
tree::Metadata without_own(tree::Metadata metadata);

// Of an upload in parts: over the checksums of its parts, or over all the bytes.
enum class ChecksumType { composite, full_object };

// A checksum that an S3 client sent, or asked for, with the content. Stored as "CRC32:<base64>"; a composite
// one as "SHA256:<base64>-<parts>".
struct StoredChecksum {
  ChecksumAlgorithm algorithm = ChecksumAlgorithm::crc64nvme;
  std::string value;  // base64; a composite one with its "-<parts>"
  ChecksumType type = ChecksumType::full_object;

  friend bool operator==(const StoredChecksum&, const StoredChecksum&) = default;
};
std::string to_metadata(const StoredChecksum& checksum);
// Of an entry; nothing if it has none, or none that can be read.
std::optional<StoredChecksum> checksum_of(const tree::Entry& entry);

// How many parts an entry's content came in; 0 if in one piece.
int parts_of(const tree::Entry& entry);
// The entry's checksum as S3 shows it, without quotes: "<md5>", or "<md5 of the parts' MD5s>-<parts>".
std::string s3_etag(const tree::Entry& entry);

}  // namespace mere::lake
