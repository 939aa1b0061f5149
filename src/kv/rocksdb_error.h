// What RocksDB says, in our words.
#pragma once

#include <string_view>

#include "base/result.h"

namespace rocksdb {
class Status;
}

namespace mere::kv {

// Of a status that is not ok. `doing` begins the message.
Error to_error(std::string_view doing, const rocksdb::Status& status);

}  // namespace mere::kv
