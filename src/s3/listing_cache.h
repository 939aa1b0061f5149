// Pages of listings of committed trees, kept as XML: folders of such are asked for again and again.
#pragma once

#include <cstddef>
#include <string>

#include "base/lru_cache.h"

namespace mere::s3 {

// What a listing has found, as XML without a head.
struct FoundPage {
  std::string prefixes;
  std::string contents;
  std::size_t count = 0;
  bool has_more = false;
  std::string last;  // key or common prefix
};

// By how keys are shown, the owner if there is one in it, the ref, and the name that version/entries.h gives
// the page.
using ListingCache = LruCache<std::string, FoundPage>;
inline constexpr std::size_t kListingCacheBytes = 8u << 20;

}  // namespace mere::s3
