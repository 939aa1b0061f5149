// Bodies of answers that go to files.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/task.h"
#include "client/body_cursor.h"
#include "client/unfinished_file.h"

namespace mere::client {

// Writes what is left of `body` to a file that appears as `path` only when it is whole, in place of one
// that is there. Its size in bytes. Errors: those of the body; io_error, no_space, permission_denied,
// not_found (the folder): nothing is left behind. `nameless` outlives the task.
Task<Result<std::uint64_t>> save_body(BodyCursor& body, std::string path,
                                      const NamelessFiles& nameless = system_nameless_files());

}  // namespace mere::client
