// Serving until a signal asks to stop.
#pragma once

#include <functional>
#include <string>

#include "cli/command.h"
#include "serve/program.h"

namespace mere::cli {

// Serves; SIGINT and SIGTERM stop it gracefully, a second one at once. `ready` is told the address.
int serve_until_signal(serve::Program& program, Environment& environment,
                       const std::function<void(const std::string&)>& ready);

}  // namespace mere::cli
