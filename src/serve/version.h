// Mere's own version; CMake's project version is the source.
#pragma once

#include <string_view>

namespace mere::serve {
inline constexpr std::string_view kVersion = MERE_VERSION;
}
