// What the sources of Multiparts share.
#pragma once

#include <map>
#include <string>

#include "lake/multipart_record.h"
#include "lake/multiparts.h"

namespace mere::lake {

// An upload as it was read, to be changed by compare-and-set.
struct Multiparts::Read {
  std::string key;
  std::string bytes;
  StoredUpload stored;
};

Error no_such_upload();
Result<std::map<int, StoredPart>> read_part_checksums(const kv::Store& state, std::string_view upload_id);
std::string checksum_of_part(const std::map<int, StoredPart>& checksums, const block::Part& part);
// Of one upload, all; only what a later synced write seals.
Status erase_part_checksums(kv::Store& state, const MultipartUpload& upload);

}  // namespace mere::lake
