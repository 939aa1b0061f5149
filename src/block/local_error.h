// What a failed system call means to a caller of the store.
#pragma once

#include <string_view>

#include "base/result.h"

namespace mere::block {

// `failure` is a negative errno. "cannot write 'local://a/b': No space left on device".
Error disk_error(long failure, std::string_view action, std::string_view subject);

}  // namespace mere::block
