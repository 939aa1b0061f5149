// Completions that are repeated: because their answer was lost, or by several at once.
#pragma once

#include <vector>

#include "lake/lake.h"

namespace mere::lake {

// True if this completion has taken place: its entry was staged, whatever became of its answer. Repeating it
// then answers the entry, and conditions no longer count.
Result<bool> has_completed(const Lake& lake, const Repository& repository, const UploadName& name,
                           const std::vector<CompletedPart>& parts);

}  // namespace mere::lake
