// Several stores as one: each call goes to the store that its address names by `storage_id`.
//
// Addresses without an id belong to the default store, if there is one. An id that is none of them answers
// `invalid_argument`, naming the ids there are. Copies between two stores stream through this process.
// What is listed carries the id of the folder it was listed in.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "block/store.h"

namespace mere::block {

struct NamedStore {
  std::string id;                        // all different; "" only if it is the only one
  std::string description;               // for users
  bool is_default = false;               // one at most; the only store always is
  std::string default_namespace_prefix;  // "": what the store itself says
  std::unique_ptr<Store> store;          // what it is asked for carries no id
};

// `stores`: one at least.
std::unique_ptr<Store> make_store_set(std::vector<NamedStore> stores);

}  // namespace mere::block
