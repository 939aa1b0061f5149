// A cursor of store.h over RocksDB.
#pragma once

#include <memory>
#include <string_view>

#include "kv/rocksdb_database.h"
#include "kv/store.h"

namespace mere::kv {

// `database` outlives the cursor.
std::unique_ptr<Cursor> make_rocksdb_cursor(const RocksDbDatabase& database, std::string_view prefix);

}  // namespace mere::kv
