// Stored form of an upload in parts, drawn in docs/design/0006-multipart-uploads.md, and its keys.
#pragma once

#include <string>
#include <string_view>

#include "lake/multiparts.h"

namespace mere::lake {

enum class UploadState { open, joining, completed };

struct StoredUpload {
  MultipartUpload upload;
  std::string repository;        // its name
  std::string instance_uid;      // and instance
  std::string relative_address;  // as the entry will have it
  UploadState state = UploadState::open;
  std::string list;        // joining, completed: which list of parts (list_digest())
  tree::Entry entry;       // joining, completed: what is, or will be, staged
  Timestamp completed_at;  // completed
};

std::string encode_upload(const StoredUpload& upload);
Result<StoredUpload> decode_upload(std::string_view bytes);  // corrupt

struct StoredPart {
  std::string etag;
  std::string checksum;
};
std::string encode_part(const StoredPart& part);
Result<StoredPart> decode_part(std::string_view bytes);  // corrupt

// What makes two completions the same: numbers and ETags, in order.
std::string list_digest(const std::vector<CompletedPart>& parts);

inline constexpr std::size_t kUploadIdDigits = 32;
inline bool is_upload_id(std::string_view id) {
  return id.size() == kUploadIdDigits && id.find_first_not_of("0123456789abcdef") == id.npos;
}
inline constexpr std::string_view kUploads = "uploads/";
std::string uploads_of(std::string_view instance_uid);  // "uploads/<uid>/"
std::string upload_key(std::string_view instance_uid, const UploadName& name);
std::string part_checksums_key(std::string_view upload_id);  // the prefix of one upload's
std::string part_checksum_key(std::string_view upload_id, int number);

}  // namespace mere::lake
