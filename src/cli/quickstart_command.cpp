#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/command.h"
#include "cli/lake_options.h"
#include "cli/serving.h"
#include "lake/sample_data.h"

namespace mere::cli {
namespace {

// The pair that the field's tutorials use; for machines that only their user reaches.
constexpr auto kUser = "quickstart";
constexpr auto kAccessKey = "AKIAIOSFOLQUICKSTART";
constexpr auto kSecretKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
constexpr auto kRepository = "quickstart";

struct QuickstartOptions {
  LakeOptions lake;
  std::optional<std::string> listen;
};

Status add_sample_repository(lake::Lake& lake) {
  const version::RepositoryName name(kRepository);
  if (lake.engine.repositories.get(name)) return {};
  version::NewRepository wanted;
  wanted.name = name;
  wanted.storage_namespace = {lake.store.capabilities().scheme + "://" + kRepository};
  ASSIGN_OR_RETURN(const version::Repository repository, lake.engine.repositories.create(wanted));
  return lake::add_sample_data(lake, repository, kUser);
}

int run(const QuickstartOptions& options, Environment& environment) {
  hold_stop_signals();
  auto config = configure(options.lake, environment);
  if (!config) return fail(environment, config.error());
  if (options.listen) config->listen_address = *options.listen;
  if (config->installation_user_name.empty()) config->installation_user_name = kUser;
  if (config->installation_access_key_id.empty()) config->installation_access_key_id = kAccessKey;
  if (config->installation_secret_access_key.empty()) config->installation_secret_access_key = kSecretKey;

  auto program = serve::Program::open(*config);
  if (!program) return fail(environment, program.error());
  if (auto status = add_sample_repository((*program)->lake()); !status)
    return fail(environment, status.error());

  return serve_until_signal(**program, environment, [&](const std::string& address) {
    std::ostream& out = environment.streams.out;
    const char* bold = environment.streams.out_is_terminal ? "\033[1m" : "";
    const char* plain = environment.streams.out_is_terminal ? "\033[0m" : "";
    out << bold << "Mere is ready on " << (config->tls_enabled ? "https://" : "http://") << address << plain
        << " (^C stops it)\n\n"
        << "  access key id      " << config->installation_access_key_id << "\n"
        << "  secret access key  " << config->installation_secret_access_key << "\n"
        << "  repository         lakefs://" << kRepository << "/main\n"
        << "  data               " << config->data_dir << "\n";
    if (config->installation_secret_access_key == kSecretKey) {
      out << "\nThe keys are known to everybody: use `mere serve` for anything but trying it out.\n";
    }
    out.flush();
  });
}

}  // namespace

void add_quickstart(CLI::App& app, Environment& environment, Run& chosen) {
  auto options = std::make_shared<QuickstartOptions>();
  CLI::App* command =
      app.add_subcommand("quickstart", "Serve a lake with a sample repository and known keys");
  add_lake_flags(*command, options->lake);
  command->add_option("-l,--listen", options->listen, "ADDRESS:PORT to listen on (127.0.0.1:8000)");
  command->callback([options, &environment, &chosen] {
    chosen = [options, &environment] { return run(*options, environment); };
  });
}

}  // namespace mere::cli
