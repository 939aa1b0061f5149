// The installation's own secrets: made once, kept in files that only their owner may read.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace mere::serve {

// The text in `path`; if the file is missing, 64 random hex digits that are stored there first (durably,
// mode 0600). `permission_denied` if others may read the file: the message says how to mend it.
Result<std::string> load_or_make_secret(const std::string& path, Random& random);

// Puts a file of `text` at `path` that only its owner may read (mode 0600), durably and whole: a crash leaves
// the old one or the new. Errors: no_space, permission_denied, io_error.
Status write_private_file(const std::string& path, std::string_view text);

// A secret for one purpose, derived from the installation's.
std::string derive_secret(std::string_view secret, std::string_view purpose);

}  // namespace mere::serve
