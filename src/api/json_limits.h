// How much JSON the API reads.
#pragma once

#include <cstddef>

namespace mere::api {

// The longest body: 1,000 paths of 1,024 bytes, every one escaped, are 6 MiB.
inline constexpr std::size_t kMaxJsonBytes = 16 << 20;
inline constexpr std::size_t kMaxJsonDepth = 64;

}  // namespace mere::api
