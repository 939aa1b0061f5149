// The same step on several threads until there is nothing more to do.
#pragma once

#include <cstddef>
#include <functional>

#include "base/result.h"

namespace mere::client {

// Calls `step` on `threads` threads (1 to 64), again and again on each, until it answers false: there is no
// more. After an error, no step begins any more; the first one is answered when all have ended. `step` throws
// nothing.
Status in_parallel(std::size_t threads, const std::function<Result<bool>()>& step);

}  // namespace mere::client
