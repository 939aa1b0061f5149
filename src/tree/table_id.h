// The id of a table: a digest of its records and of the properties that say what it is, not of the
// file's bytes, so that the same content has the same id under another compression.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/hash.h"

namespace mere::tree {

// SHA-256 over, for each record: decimal(|key|) key '|' decimal(|value|) value '|', and then the typed
// map of the properties.
class TableIdHasher {
 public:
  TableIdHasher();
  void add(std::string_view key, std::string_view value);
  // 64 lower-case hex digits. Once.
  std::string finish(const std::map<std::string, std::string>& properties);

 private:
  void add_sized(std::string_view bytes);

  Digest digest_;
  std::string buffer_;  // many short pieces make few calls into the library
};

}  // namespace mere::tree
