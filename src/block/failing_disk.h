// The local store's file system on a disk that fails on purpose (base/disk_faults.h).
#pragma once

#include <memory>

#include "base/disk_faults.h"
#include "block/file_system.h"

namespace mere::block {

// Both outlive it.
std::unique_ptr<FileSystem> make_failing_file_system(DiskFaults& faults,
                                                     FileSystem& real = real_file_system());

}  // namespace mere::block
