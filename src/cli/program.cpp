#include <CLI/CLI.hpp>

#include "cli/command.h"

namespace mere::cli {

int run_program(const std::vector<std::string>& arguments, Environment& environment) {
  CLI::App app(
      "Mere: version control for data lakes.\n"
      "Branches, commits, merges and rollback over objects of any size, without copying them.",
      "mere");
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "Help of every command");
  app.footer(
      "Start here:\n"
      "  mere quickstart                    a lake with sample data on http://127.0.0.1:8000\n"
      "  mere serve --data ./lake           serve the lake in a folder, made if need be");

  Run run;
  add_serve(app, environment, run);
  add_quickstart(app, environment, run);
  add_setup(app, environment, run);
  add_restore(app, environment, run);
  add_verify(app, environment, run);
  add_torture(app, environment, run);
  add_config(app, environment, run);
  add_version(app, environment, run);
  add_completion(app, environment, run);

  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 wants them
  if (arguments.size() == 1 && (arguments[0] == "--version" || arguments[0] == "-v")) reversed = {"version"};
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& problem) {
    const int status = app.exit(problem, environment.streams.out, environment.streams.err);
    return status == 0 ? 0 : 2;
  }
  return run();
}

}  // namespace mere::cli
