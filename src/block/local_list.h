// Store::list() of local files.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/result.h"
#include "block/local_disk.h"
#include "block/store.h"

namespace mere::block {

// Names of one folder held at a time, about 16 MiB. A larger folder is read once for each so many.
inline constexpr std::size_t kNamesHeld = 1u << 17;

// `uri` is the folder's address with '/' at its end. A symbolic link to a file is listed as that file
// if it leads to where an address may; one to a folder is not followed, so that a walk ends.
Status list_local(const LocalDisk& disk, const LocalPath& folder, const std::string& uri,
                  const ListOptions& options, const std::function<bool(const Listed&)>& visit,
                  std::size_t names_held = kNamesHeld);

}  // namespace mere::block
