#include <CLI/CLI.hpp>
#include <iomanip>
#include <ostream>

#include "base/json_writer.h"
#include "cli/command.h"
#include "serve/config.h"

namespace mere::cli {
namespace {

int run(bool json, Environment& environment) {
  std::ostream& out = environment.streams.out;
  if (json) {
    std::string text;
    JsonWriter writer(text);
    writer.begin_object();
    for (const serve::ConfigKey& key : serve::config_keys()) {
      if (!key.set) continue;
      writer.key(key.name);
      writer.string(key.help);
    }
    writer.end_object();
    out << text << "\n";
    return 0;
  }
  for (const serve::ConfigKey& key : serve::config_keys()) {
    if (key.set) out << std::left << std::setw(47) << key.name << " " << key.help << "\n";
  }
  return 0;
}

}  // namespace

void add_config(CLI::App& app, Environment& environment, Run& chosen) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("config", "List the configuration keys and what they mean");
  command->add_flag("--json", *json, "As a JSON object");
  command->footer(
      "A key is set in the configuration file, as MERE_KEY (upper case, '_' for '.') in the environment,\n"
      "or by --set KEY=VALUE.");
  command->callback(
      [json, &environment, &chosen] { chosen = [json, &environment] { return run(*json, environment); }; });
}

}  // namespace mere::cli
