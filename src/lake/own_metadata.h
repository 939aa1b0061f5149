// What Mere keeps with an entry beside the user's metadata, under the keys of tree/reserved_metadata.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/content_checksum.h"
#include "tree/types.h"

namespace mere::lake {

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
