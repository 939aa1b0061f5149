// Writing to a file descriptor until all is written.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace mere {

// Writes all of `bytes`, whatever the pieces that the system takes. False, with `errno` set, if it could
// not; then a part of them may be written.
[[nodiscard]] bool write_all(int fd, std::span<const std::byte> bytes);
[[nodiscard]] bool write_all(int fd, std::string_view bytes);

}  // namespace mere
