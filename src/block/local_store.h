// The local store on a file system of the caller's; everybody else finds open_local_store in store.h.
#pragma once

#include <memory>

#include "base/result.h"
#include "block/file_system.h"
#include "block/store.h"

namespace mere::block {

// `files` outlives the store.
Result<std::unique_ptr<Store>> open_local_store(const LocalOptions& options, FileSystem& files);

}  // namespace mere::block
