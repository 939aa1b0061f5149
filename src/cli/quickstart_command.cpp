#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/command.h"
#include "cli/sample_repository.h"
#include "cli/serving.h"

namespace mere::cli {
namespace {

// The pair that the field's tutorials use; for machines that only their user reaches.
constexpr auto kUser = "quickstart";
constexpr auto kAccessKey = "AKIAIOSFOLQUICKSTART";
constexpr auto kSecretKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

int run(const ServingOptions& options, Environment& environment) {
  hold_stop_signals();
  auto config = configure(options, environment);
  if (!config) return fail(environment, config.error());
  if (config->installation_user_name.empty()) config->installation_user_name = kUser;
  if (config->installation_access_key_id.empty()) config->installation_access_key_id = kAccessKey;
  if (config->installation_secret_access_key.empty()) config->installation_secret_access_key = kSecretKey;

  auto program = serve::Program::open(*config);
  if (!program) return fail(environment, program.error());
  if (auto status = add_sample_repository((*program)->lake(), kUser); !status)
    return fail(environment, status.error());

  return serve_until_signal(**program, environment, [&](const std::string& url) {
    std::ostream& out = environment.streams.out;
    const char* bold = environment.streams.out_is_terminal ? "\033[1m" : "";
    const char* plain = environment.streams.out_is_terminal ? "\033[0m" : "";
    out << bold << "Mere is ready on " << url << plain << " (^C stops it)\n\n"
        << "  access key id      " << config->installation_access_key_id << "\n"
        << "  secret access key  " << config->installation_secret_access_key << "\n"
        << "  repository         lakefs://" << kSampleRepository << "/main\n"
        << "  data               " << config->data_dir << "\n";
    if (config->installation_secret_access_key == kSecretKey) {
      out << "\nThe keys are known to everybody: use `mere serve` for anything but trying it out.\n";
    }
    out.flush();
  });
}

}  // namespace

void add_quickstart(CLI::App& app, Environment& environment, Run& chosen) {
  auto options = std::make_shared<ServingOptions>();
  CLI::App* command =
      app.add_subcommand("quickstart", "Serve a lake with a sample repository and known keys");
  add_serving_flags(*command, *options);
  command->callback([options, &environment, &chosen] {
    chosen = [options, &environment] { return run(*options, environment); };
  });
}

}  // namespace mere::cli
