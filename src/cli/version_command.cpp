#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/command.h"
#include "serve/version.h"

namespace mere::cli {

void add_version(CLI::App& app, Environment& environment, Run& chosen) {
  app.add_subcommand("version", "Print the version")->callback([&environment, &chosen] {
    chosen = [&environment] {
      environment.streams.out << "mere " << serve::kVersion << "\n";
      return 0;
    };
  });
}

}  // namespace mere::cli
