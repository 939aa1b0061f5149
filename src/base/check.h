// Invariants: a broken one is a bug, and stops the process in release builds too. Bytes from disk or
// network are never checked this way; they answer `corrupt` or `invalid_argument`.
#pragma once

namespace mere {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}

#define MERE_CHECK(condition)                                  \
  (__builtin_expect(static_cast<bool>(condition), 1) ? void(0) \
                                                     : ::mere::check_failed(#condition, __FILE__, __LINE__))
