// A lake in a folder, opened in this process, as C++ programs use it: client/lake.h without a server.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "client/lake.h"
#include "client/transport.h"

namespace mere::serve {

// The way to a lake, and the token of its administrator: whoever can open the folder owns the lake anyway.
struct LocalWay {
  std::unique_ptr<client::Transport> transport;  // keeps the lake open
  std::string token;
};

// Opens the lake in `folder`; `create`: makes one if there is none. Errors: `not_found`, no lake;
// `unavailable`, another process has it open; permission_denied, io_error, no_space, corrupt.
Result<LocalWay> open_folder(const std::string& folder, bool create);

// The same as a lake to work with, which closes with the last handle on it. While a server of this machine
// serves the folder, that server is connected to. A folder is open once in a process: share the Lake.
Result<client::Lake> open_lake(const std::string& folder, bool create = true);

// What the environment or the configuration file names: a folder (MERE_LAKE) or a server (client/config.h).
Result<client::Lake> open_configured_lake();

}  // namespace mere::serve
