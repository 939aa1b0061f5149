// What every command is handed, and how it is added to the program.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace mere::cli {

// Where a command speaks. Colours and progress only where the stream is a terminal.
struct Streams {
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
};

struct Environment {
  Streams streams;
  std::vector<std::string> variables;  // "NAME=value"
};

// Adds a command to `app`. When it is chosen, `run` is set to what it does, which answers the exit status.
using Run = std::function<int()>;
void add_serve(CLI::App& app, Environment& environment, Run& run);
void add_quickstart(CLI::App& app, Environment& environment, Run& run);
void add_setup(CLI::App& app, Environment& environment, Run& run);
void add_restore(CLI::App& app, Environment& environment, Run& run);
void add_verify(CLI::App& app, Environment& environment, Run& run);
void add_torture(CLI::App& app, Environment& environment, Run& run);
void add_config(CLI::App& app, Environment& environment, Run& run);
void add_version(CLI::App& app, Environment& environment, Run& run);
void add_completion(CLI::App& app, Environment& environment, Run& run);

// The whole program: parses `arguments` (without the program's name) and runs the command.
// 0 success, 1 failure, 2 bad usage.
int run_program(const std::vector<std::string>& arguments, Environment& environment);

}  // namespace mere::cli
