#include "cli/lake_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>

namespace mere::cli {

void add_lake_flags(CLI::App& command, LakeOptions& options) {
  command.add_option("-d,--data", options.data_dir,
                     "Folder of the lake, made if it does not exist (mere-data)");
  command.add_option("-c,--config", options.config_file,
                     "Configuration file (else ./mere.yaml, ~/.mere/config.yaml, /etc/mere/config.yaml)");
  command.add_option("--set", options.settings, "One setting, KEY=VALUE; `mere config` lists the keys")
      ->type_name("KEY=VALUE");
}

Result<serve::Config> configure(const LakeOptions& options, Environment& environment, StandardOutput use) {
  ASSIGN_OR_RETURN(serve::LoadedConfig loaded,
                   serve::load_config(options.config_file, environment.variables));
  for (const std::string& setting : options.settings) {
    const auto equals = setting.find('=');
    if (equals == std::string::npos) {
      return Error{Code::invalid_argument, "--set takes KEY=VALUE, not '" + setting + "'"};
    }
    RETURN_IF_ERROR(serve::set_key(loaded.config, setting.substr(0, equals), setting.substr(equals + 1)));
  }
  if (options.data_dir) loaded.config.data_dir = *options.data_dir;

  std::vector<std::string>& outputs = loaded.config.logging.outputs;
  if (use == StandardOutput::results)
    std::replace(outputs.begin(), outputs.end(), std::string("-"), std::string("="));
  RETURN_IF_ERROR(log::configure(loaded.config.logging));
  if (!loaded.file.empty()) log::info("configuration read", {{"file", loaded.file}});
  for (const std::string& key : loaded.without_effect) {
    log::warn("this configuration key has no effect", {{"key", key}});
  }
  return loaded.config;
}

int fail(Environment& environment, const Error& error) {
  const bool colour = environment.streams.err_is_terminal;
  environment.streams.err << (colour ? "\033[31mmere:\033[0m " : "mere: ") << error.message << std::endl;
  return 1;
}

}  // namespace mere::cli
