// The embedded store on a disk that fails on purpose.
#pragma once

#include <memory>

#include "base/disk_faults.h"
#include "base/result.h"
#include "kv/store.h"

namespace mere::kv {

// As open_rocksdb_store(). `faults` outlives the store.
Result<std::unique_ptr<Store>> open_failing_rocksdb_store(const RocksDbOptions& options, DiskFaults& faults);

}  // namespace mere::kv
