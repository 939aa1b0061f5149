#pragma once

#include <memory>
#include <string_view>

#include "kv/store.h"

namespace rocksdb {
class DB;
}

namespace mere::kv {

// `db` outlives the cursor.
std::unique_ptr<Cursor> make_rocksdb_cursor(rocksdb::DB& db, std::string_view prefix);

}  // namespace mere::kv
