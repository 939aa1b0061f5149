// For rocksdb_database.cpp: RocksDB's way to a disk that fails on purpose (base/disk_faults.h).
#pragma once

#include <rocksdb/env.h>

#include <memory>

#include "base/disk_faults.h"

namespace mere::kv {

// `faults` outlives it, and it outlives the database.
std::unique_ptr<rocksdb::Env> make_failing_env(DiskFaults& faults);

}  // namespace mere::kv
