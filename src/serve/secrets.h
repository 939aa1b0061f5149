// The installation's own secrets: made once, kept in files that only their owner may read.
#pragma once

#include <string>

#include "base/random.h"
#include "base/result.h"

namespace mere::serve {

// The text in `path`; if the file is missing, 64 random hex digits that are stored there first (durably,
// mode 0600). `permission_denied` if others may read the file: the message says how to mend it.
Result<std::string> load_or_make_secret(const std::string& path, Random& random);

// A secret for one purpose, derived from the installation's.
std::string derive_secret(std::string_view secret, std::string_view purpose);

}  // namespace mere::serve
