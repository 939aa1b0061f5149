#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <ostream>

#include "base/random.h"
#include "cli/command.h"
#include "cli/lake_options.h"
#include "torture/torture.h"

namespace mere::cli {
namespace {

struct TortureCommand {
  torture::Options options;
  std::optional<std::uint64_t> seed;
  std::uint64_t seconds = 0, shrink_seconds = 60;
  std::string faults = "kill,stop,power-loss,disk-full,io-error,network";
  bool json = false;
};

std::atomic<bool> interrupted = false;

Result<std::string> make_folder(const std::string& wanted) {
  std::error_code problem;
  if (!wanted.empty()) {
    std::filesystem::create_directories(wanted, problem);
    if (problem) return Error{Code::io_error, fmt::format("{}: {}", wanted, problem.message())};
    return std::filesystem::absolute(wanted).string();
  }
  std::string name = (std::filesystem::temp_directory_path() / "mere-torture-XXXXXX").string();
  if (!::mkdtemp(name.data())) return Error{Code::io_error, "a temporary folder cannot be made"};
  return name;
}

// A terminal gets a line that counts.
class Progress {
 public:
  Progress(const Streams& streams, std::uint64_t rounds) : streams_(streams), rounds_(rounds) {}
  void show(const torture::Totals& totals) {
    if (!streams_.err_is_terminal) return;
    streams_.err << fmt::format(
                        "\r\x1b[Kround {} of {}, {} operations, {} acknowledged, {} objects read back",
                        totals.rounds, rounds_, totals.operations, totals.done, totals.objects_read)
                 << std::flush;
    shown_ = true;
  }
  void clear() {
    if (shown_) streams_.err << "\r\x1b[K" << std::flush;
  }

 private:
  const Streams& streams_;
  const std::uint64_t rounds_;
  bool shown_ = false;
};

// How to see it again: a lake is made by its seed alone.
void print_remedy(std::ostream& out, const torture::Options& again, const std::string& this_program) {
  std::string faults;
  for (const torture::Fault fault : again.faults) {
    faults += (faults.empty() ? "" : ",") + std::string(torture::name_of(fault));
  }
  out << fmt::format("The lake is kept: {}/lake-{}, and what the server logged beside it\n", again.folder,
                     again.seed)
      << fmt::format("Again: mere torture --seed {} --rounds {} --clients {} --a-round {} --faults {}{}\n",
                     again.seed, again.rounds, again.clients, again.operations_a_round, faults,
                     again.program == this_program ? "" : " --server " + again.program);
}

int run(TortureCommand& command, Environment& environment) {
  const Streams& streams = environment.streams;
  torture::Options& options = command.options;
  auto faults = torture::parse_faults(command.faults);
  if (!faults) return fail(environment, faults.error());
  options.faults = *std::move(faults);
  options.seed = command.seed ? *command.seed : system_random().next_u64() % 1'000'000'000;
  options.duration = std::chrono::seconds(command.seconds);
  options.shrink = std::chrono::seconds(command.shrink_seconds);
  const bool is_temporary = options.folder.empty();
  const auto folder = make_folder(options.folder);
  if (!folder) return fail(environment, folder.error());
  options.folder = *folder;
  const std::string this_program = std::filesystem::read_symlink("/proc/self/exe").string();
  if (options.program.empty()) options.program = this_program;

  // Asked to end, it ends with the round under way, and tells what it has.
  std::signal(SIGINT, [](int) { interrupted = true; });
  std::signal(SIGTERM, [](int) { interrupted = true; });
  streams.err << fmt::format("seed {}, {} clients, faults: {}, in {}\n", options.seed, options.clients,
                             command.faults, options.folder);
  const auto begun = std::chrono::steady_clock::now();
  Progress progress(streams, options.rounds);
  const auto report = torture::torture(options, [&](const torture::Totals& totals) {
    progress.show(totals);
    return !interrupted;
  });
  progress.clear();
  if (!report) return fail(environment, report.error());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  const bool is_whole = report->findings.empty();
  if (command.json) {
    streams.out << torture::to_json(report->totals, report->findings, options.seed, seconds) << "\n";
  } else {
    torture::print(streams.out, report->totals, seconds);
    for (const torture::Finding& finding : report->findings) torture::print(streams.out, finding);
    if (is_whole) streams.out << "Nothing acknowledged was lost, and nothing was half done.\n";
  }
  if (!is_whole) print_remedy(streams.err, report->again, this_program);
  std::error_code ignored;
  if (is_temporary && is_whole && !options.keep) std::filesystem::remove_all(options.folder, ignored);
  return is_whole ? 0 : 1;
}

}  // namespace

void add_torture(CLI::App& app, Environment& environment, Run& chosen) {
  auto command = std::make_shared<TortureCommand>();
  torture::Options& options = command->options;
  CLI::App* torture =
      app.add_subcommand("torture", "Kill a server at work, again and again, and check that nothing is lost");
  torture->add_option("--seed", command->seed, "Of all that is random; a new one is chosen and told");
  torture->add_option("--rounds,--kills", options.rounds, "How often a server is hurt, and all of it checked")
      ->capture_default_str();
  torture->add_option("--operations", options.operations, "End after so many operations");
  torture->add_option("--duration", command->seconds, "End after so many seconds");
  torture->add_option("--clients", options.clients, "How many work at a time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  torture->add_option("--a-round", options.operations_a_round, "Operations between two disasters, on average")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  torture
      ->add_option("--faults", command->faults,
                   "A comma list of what may happen in a round: kill (SIGKILL), stop (SIGTERM), power-loss\n"
                   "(what was not synced is gone), disk-full, io-error, network (connections break)")
      ->capture_default_str();
  torture
      ->add_option("--shrink", command->shrink_seconds, "Seconds to look for a shorter way to what was found")
      ->capture_default_str();
  torture->add_option("--dir", options.folder, "Where lakes are made (a temporary folder)");
  torture->add_flag("--keep", options.keep, "Keep the lakes in which nothing was found, too");
  torture->add_option("--server", options.program, "The program to torture (this one)");
  torture->add_flag("--json", command->json, "The totals and what was found as JSON");
  torture->footer(
      "It starts servers of its own on free loopback ports, in folders of their own; other lakes are left\n"
      "alone. Clients write, delete, commit, merge, revert, import, branch and tag; after each restart all\n"
      "that was acknowledged must be there, and what was not must be there whole or not at all. What "
      "clients\n"
      "saw on a branch that they share must be linearizable. Exit status 1 says that something was found:\n"
      "it prints the seed and the history, and keeps the lake.\n\n"
      "Examples:\n"
      "  mere torture\n"
      "  mere torture --rounds 1000 --clients 8\n"
      "  mere torture --seed 7 --faults kill --dir ./torture --keep");
  torture->callback([command, &environment, &chosen] {
    chosen = [command, &environment] { return run(*command, environment); };
  });
}

}  // namespace mere::cli
