// One process at a time in a folder.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace mere::kv {

// Makes `folder` and the folders above it where they are missing, on disk when it returns.
Status make_folder(const std::string& folder);

// Holds `folder` until the Fd goes, also when the process is killed. Errors: `unavailable` if another
// open of the folder, here or in another process, holds it; io_error.
Result<Fd> lock_folder(const std::string& folder);

}  // namespace mere::kv
