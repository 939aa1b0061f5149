// The bytes of small objects that were read lately, in memory: a read of one costs no call of the system
// and no way to a remote store. Thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/lru_cache.h"
#include "block/store.h"
#include "tree/types.h"

namespace mere::lake {

// Only for objects whose bytes never change: those of Mere's own addresses. What another process removes
// from the store may be answered for until it goes from here.
class SmallObjects {
 public:
  static constexpr std::size_t kObjectBytes = 16u << 10;  // at most, of one

  explicit SmallObjects(std::size_t bytes) : kept_(bytes) {}

  // Whether the bytes of such an entry may be kept.
  static bool takes(const tree::Entry& entry);

  // Null if it is not here.
  std::shared_ptr<const block::Reader> find(const block::Address& address, const tree::Entry& entry);
  // Reads the object whole and keeps it; the entry is one that it takes. `reader` itself, and nothing is
  // kept, where the object has not the size that the entry says.
  Result<std::shared_ptr<const block::Reader>> keep(const block::Address& address, const tree::Entry& entry,
                                                    std::unique_ptr<block::Reader> reader);

 private:
  class Object;
  LruCache<std::string, Object> kept_;  // by address
};

}  // namespace mere::lake
