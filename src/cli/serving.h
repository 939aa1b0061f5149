// Serving until a signal asks to stop.
#pragma once

#include <functional>
#include <string>

#include "cli/command.h"
#include "serve/program.h"

namespace mere::cli {

// Keeps SIGINT and SIGTERM for serve_until_signal(), whose own thread takes them: no work is done in a
// handler. Before any other thread is started, as threads inherit what is held.
void hold_stop_signals();

// Serves; SIGINT and SIGTERM stop it gracefully, a second one at once. `ready` is told the address.
int serve_until_signal(serve::Program& program, Environment& environment,
                       const std::function<void(const std::string&)>& ready);

}  // namespace mere::cli
