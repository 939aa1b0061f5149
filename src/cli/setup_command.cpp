#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/command.h"
#include "cli/lake_options.h"
#include "serve/program.h"

namespace mere::cli {
namespace {

struct SetupOptions {
  LakeOptions lake;
  std::string user_name;
  std::optional<std::string> access_key_id;
  std::optional<std::string> secret_access_key;
};

int run(const SetupOptions& options, Environment& environment) {
  auto config = configure(options.lake, environment);
  if (!config) return fail(environment, config.error());
  auto program = serve::Program::open(*config);
  if (!program) return fail(environment, program.error());

  const auto initialized = (*program)->auth().is_initialized();
  if (!initialized) return fail(environment, initialized.error());
  if (*initialized) {
    environment.streams.out << "Setup is already complete.\n";
    return 1;
  }
  const auto made =
      (*program)->auth().setup(options.user_name, options.access_key_id, options.secret_access_key);
  if (!made) return fail(environment, made.error());
  environment.streams.out << "credentials:\n  access_key_id: " << made->access_key_id
                          << "\n  secret_access_key: " << made->secret_access_key << "\n";
  return 0;
}

}  // namespace

void add_setup(CLI::App& app, Environment& environment, Run& chosen) {
  auto options = std::make_shared<SetupOptions>();
  CLI::App* command =
      app.add_subcommand("setup", "Make the first admin of a lake and print the keys as YAML");
  add_lake_flags(*command, options->lake);
  command->add_option("--user-name", options->user_name, "Name of the admin")->required();
  auto* key =
      command->add_option("--access-key-id", options->access_key_id, "Use this key id instead of a new one");
  auto* secret = command->add_option("--secret-access-key", options->secret_access_key, "Use this secret");
  key->needs(secret);
  secret->needs(key);
  command->callback([options, &environment, &chosen] {
    chosen = [options, &environment] { return run(*options, environment); };
  });
}

}  // namespace mere::cli
