#include <CLI/CLI.hpp>
#include <optional>
#include <ostream>

#include "cli/command.h"
#include "cli/lake_options.h"
#include "cli/serving.h"
#include "cli/verify_report.h"
#include "cli/verify_served.h"
#include "lake/verify.h"
#include "serve/local_access.h"
#include "serve/program.h"

namespace mere::cli {
namespace {

struct VerifyCommand {
  LakeOptions lake;
  lake::VerifyOptions options;
  std::uint64_t mib_per_second = 0;
  bool json = false;
};

int tell(VerifyReport& report, const VerifyCommand& command, const Result<lake::VerifyCounts>& counts,
         Environment& environment) {
  report.clear();
  if (!counts) return fail(environment, with_context("verifying", counts.error()));
  report.summary(*counts, command.options.objects);
  return counts->findings == 0 ? 0 : 1;
}

// Leaves a signal time to reach the server: without that it would look on.
int run_at_server(const VerifyCommand& command, const serve::Serving& serving, Environment& environment) {
  hold_stop_signals();
  VerifyReport report(environment.streams, command.json);
  std::optional<int> signal;
  const auto counts = verify_served(
      serving, command.options, [&](const lake::Finding& finding) { report.finding(finding); },
      [&](const lake::VerifyCounts& so_far) {
        report.progress(so_far);
        return environment.streams.out.good();
      },
      [&](std::chrono::milliseconds time) { return !(signal = wait_for_stop_signal(time)); });
  const int status = tell(report, command, counts, environment);
  return signal ? 128 + *signal : status;
}

int run(const VerifyCommand& command, Environment& environment) {
  auto config = configure(command.lake, environment);
  if (!config) return fail(environment, config.error());
  auto program = serve::Program::open(*config);
  if (!program && program.error().code == Code::unavailable) {
    if (const auto serving = serve::find_serving(config->data_dir))
      return run_at_server(command, *serving, environment);
  }
  if (!program) return fail(environment, program.error());

  VerifyReport report(environment.streams, command.json);
  const auto counts = lake::verify((*program)->lake(), command.options,
                                   [&](const lake::Finding& finding) { report.finding(finding); },
                                   [&](const lake::VerifyCounts& so_far) {
                                     report.progress(so_far);
                                     return environment.streams.out.good();
                                   });
  return tell(report, command, counts, environment);
}

}  // namespace

void add_verify(CLI::App& app, Environment& environment, Run& chosen) {
  auto command = std::make_shared<VerifyCommand>();
  CLI::App* verify = app.add_subcommand("verify", "Check that all that a lake holds is there and unchanged");
  add_lake_flags(*verify, command->lake);
  verify->add_option("repository", command->options.repository, "Only this repository");
  verify->add_flag("--objects", command->options.objects,
                   "Read the bytes of objects and compare their checksums, not only their sizes");
  verify->add_flag("--all-commits", command->options.all_commits,
                   "Objects of every commit, not only those of branches, tags and uncommitted changes");
  verify->add_flag("--quarantine", command->options.quarantine,
                   "Move damaged files to _quarantine/ in the storage namespace, so that nobody reads them");
  verify->add_option("--threads", command->options.threads, "How many look at objects")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  verify->add_option("--rate", command->mib_per_second, "Read at most so many MiB in a second")
      ->check(CLI::Range(1, 1 << 20));
  verify->add_flag("--json", command->json, "A finding a line, as JSON");
  verify->footer(
      "Metadata is always read whole: every table of every commit against its id. Exit status 1 says that\n"
      "something was found. Where a server has the lake open, it is asked to look, and goes on with its "
      "work;\n"
      "one check runs at a time. Ctrl-C stops it.\n\n"
      "Examples:\n"
      "  mere verify --data ./lake\n"
      "  mere verify --data ./lake --objects --json prices\n"
      "  mere verify --data ./lake --objects --rate 50");
  verify->callback([command, &environment, &chosen] {
    command->options.max_bytes_per_second = command->mib_per_second << 20;
    chosen = [command, &environment] { return run(*command, environment); };
  });
}

}  // namespace mere::cli
