// What the completion of an upload in parts will make, judged before anything is changed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lake/multipart_record.h"
#include "lake/multiparts.h"

namespace mere::lake {

// The entry that these parts give, but for its address and time. `uploaded` is what the store holds,
// `checksums` what was kept for it. Errors: invalid_argument, and `mistake` says which.
Result<tree::Entry> plan_completion(const MultipartOptions& upload, const std::vector<CompletedPart>& parts,
                                    const std::vector<block::Part>& uploaded,
                                    const std::map<int, StoredPart>& checksums,
                                    const CompleteOptions& options, CompletionMistake& mistake);

}  // namespace mere::lake
