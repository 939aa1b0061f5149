// Serving until a signal asks to stop.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "cli/command.h"
#include "cli/lake_options.h"
#include "serve/program.h"

namespace mere::cli {

// Flags of the commands that serve a lake.
struct ServingOptions {
  LakeOptions lake;
  std::optional<std::string> listen;
};
void add_serving_flags(CLI::App& command, ServingOptions& options);
// As configure(), with these flags.
Result<serve::Config> configure(const ServingOptions& options, Environment& environment);

// Keeps SIGINT and SIGTERM for serve_until_signal(), whose own thread takes them: no work is done in a
// handler. Before any other thread is started, as threads inherit what is held.
void hold_stop_signals();
// For others that hold them: the one that came within `time`, if one did.
std::optional<int> wait_for_stop_signal(std::chrono::milliseconds time);

// Serves; SIGINT and SIGTERM stop it gracefully, a second one at once. `ready` is told the URL.
int serve_until_signal(serve::Program& program, Environment& environment,
                       const std::function<void(const std::string&)>& ready);

}  // namespace mere::cli
