// The keys blockstore.s3.* of a store's settings.
#pragma once

#include <vector>

#include "serve/store_config.h"

namespace mere::serve {

std::vector<StoreKey> s3_keys();

}  // namespace mere::serve
