// The object stores that a configuration describes.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/shared_log.h"
#include "block/file_system.h"
#include "block/store.h"
#include "serve/config.h"

namespace mere::serve {

// One store, or all of `blockstores.stores` as one (block/store_set.h). Local ones join `log` and use
// `files`, which outlive them. Errors name the store: `invalid_argument`, `io_error` or `permission_denied`.
Result<std::unique_ptr<block::Store>> open_stores(const Config& config, SharedLog& log,
                                                  block::FileSystem& files);

// Whether any of them keeps its objects in local files.
bool has_local_store(const Config& config);

// What presigned URLs are good for, by storage id, and which stores have links instead.
std::map<std::string, lake::PresignSettings> presign_settings(const Config& config);

}  // namespace mere::serve
