// What the completion of an upload in parts will make, judged before anything is changed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lake/multipart_record.h"
#include "lake/multiparts.h"

namespace mere::lake {

// The entry that these parts give, but for its address and time. `uploaded` is what the store holds,
// `checksums` what was kept for it. Of parts whose ETags the store does not know, those that are MD5s are
// believed; another stands for it that no other upload has, so that the entry's checksum is its own. Errors:
// invalid_argument, and `mistake` says which.
Result<tree::Entry> plan_completion(const MultipartUpload& upload, const std::vector<CompletedPart>& parts,
                                    const std::vector<block::Part>& uploaded,
                                    const std::map<int, StoredPart>& checksums,
                                    const CompleteOptions& options, CompletionMistake& mistake);

}  // namespace mere::lake
