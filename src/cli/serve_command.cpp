#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/command.h"
#include "cli/serving.h"
#include "serve/version.h"

namespace mere::cli {
namespace {

int run(const ServingOptions& options, Environment& environment) {
  hold_stop_signals();
  auto config = configure(options, environment);
  if (!config) return fail(environment, config.error());

  std::string disk_faults;
  for (const std::string& variable : environment.variables) {
    constexpr std::string_view kDisk = "MERE_TORTURE_DISK=";  // set by `mere torture` alone
    if (variable.starts_with(kDisk)) disk_faults = variable.substr(kDisk.size());
  }
  auto program = serve::Program::open(*config, disk_faults);
  if (!program) return fail(environment, program.error());

  const auto initialized = (*program)->auth().is_initialized();
  if (!initialized) return fail(environment, initialized.error());

  return serve_until_signal(**program, environment, [&](const std::string& url) {
    std::ostream& out = environment.streams.out;
    out << "mere " << serve::kVersion << " serves " << config->data_dir << " on " << url
        << " (^C stops it)\n";
    if (!*initialized) {
      out << "No user yet: open that address in a browser, or run `mere setup --data " << config->data_dir
          << "` while it is stopped.\n";
    }
    out.flush();
  });
}

}  // namespace

void add_serve(CLI::App& app, Environment& environment, Run& chosen) {
  auto options = std::make_shared<ServingOptions>();
  CLI::App* command = app.add_subcommand("serve", "Serve the lake in a folder");
  add_serving_flags(*command, *options);
  command->footer(
      "The first admin is taken from MERE_INSTALLATION_USER_NAME, MERE_INSTALLATION_ACCESS_KEY_ID and\n"
      "MERE_INSTALLATION_SECRET_ACCESS_KEY (or LAKEFS_INSTALLATION_…), or made on the setup page.\n\n"
      "Example:\n  mere serve --data ./lake --listen 0.0.0.0:8000");
  command->callback([options, &environment, &chosen] {
    chosen = [options, &environment] { return run(*options, environment); };
  });
}

}  // namespace mere::cli
