#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <ostream>

#include "base/clock.h"
#include "base/json_writer.h"
#include "cli/command.h"
#include "cli/lake_options.h"
#include "lake/verify.h"
#include "serve/program.h"

namespace mere::cli {
namespace {

struct VerifyCommand {
  LakeOptions lake;
  lake::VerifyOptions options;
  bool json = false;
};

// A terminal gets a line that counts; scripts get findings alone.
class Progress {
 public:
  explicit Progress(const Streams& streams) : streams_(streams) {}
  void show(const lake::VerifyCounts& counts) {
    if (!streams_.err_is_terminal || ++calls_ % 16 != 1) return;
    streams_.err << "\r\x1b[K" << counts.tables << " tables, " << counts.entries << " objects, "
                 << (counts.bytes >> 20) << " MiB read, " << counts.findings << " found" << std::flush;
    shown_ = true;
  }
  void clear() {
    if (shown_) streams_.err << "\r\x1b[K" << std::flush;
    shown_ = false;
  }

 private:
  const Streams& streams_;
  std::uint64_t calls_ = 0;
  bool shown_ = false;
};

void write_json(std::ostream& out, const lake::Finding& finding) {
  std::string line;
  JsonWriter json(line);
  json.begin_object();
  json.key("kind");
  json.string(lake::name_of(finding.kind));
  json.key("repository");
  json.string(finding.repository.str());
  json.key("where");
  json.string(finding.where);
  json.key("path");
  json.string(finding.path);
  json.key("address");
  json.string(finding.address);
  json.key("detail");
  json.string(finding.detail);
  json.key("quarantined");
  json.boolean(finding.quarantined);
  json.end_object();
  out << line << "\n";
}

void write_text(std::ostream& out, const lake::Finding& finding) {
  out << lake::name_of(finding.kind) << ": " << finding.repository.str() << ", " << finding.where;
  if (!finding.path.empty()) out << ", " << finding.path;
  if (!finding.address.empty()) out << " (" << finding.address << ")";
  out << ": " << finding.detail << (finding.quarantined ? " [moved to _quarantine]" : "") << "\n";
}

int run(const VerifyCommand& command, Environment& environment) {
  auto config = configure(command.lake, environment);
  if (!config) return fail(environment, config.error());
  auto program = serve::Program::open(*config);
  if (!program) return fail(environment, program.error());

  const Streams& streams = environment.streams;
  Progress progress(streams);
  const auto on_finding = [&](const lake::Finding& finding) {
    progress.clear();
    command.json ? write_json(streams.out, finding) : write_text(streams.out, finding);
  };
  const auto on_progress = [&](const lake::VerifyCounts& counts) {
    progress.show(counts);
    return streams.out.good();
  };
  const auto counts = lake::verify((*program)->lake(), command.options, on_finding, on_progress);
  progress.clear();
  if (!counts) return fail(environment, with_context("verifying", counts.error()));
  streams.err << fmt::format("{} repositories, {} commits, {} tables and {} objects were looked at",
                             counts->repositories, counts->commits, counts->tables, counts->entries);
  if (command.options.objects) {
    streams.err << fmt::format(", {} bytes read ({} objects have no checksum of their bytes)", counts->bytes,
                               counts->without_checksum);
  }
  streams.err << fmt::format(": {} found\n",
                             counts->findings == 0 ? "nothing" : std::to_string(counts->findings));
  return counts->findings == 0 ? 0 : 1;
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
  verify->add_flag("--json", command->json, "A finding a line, as JSON");
  verify->footer(
      "Metadata is always read whole: every table of every commit against its id. Exit status 1 says that\n"
      "something was found. The server must not be running.\n\n"
      "Examples:\n"
      "  mere verify --data ./lake\n"
      "  mere verify --data ./lake --objects --json prices");
  verify->callback([command, &environment, &chosen] {
    chosen = [command, &environment] { return run(*command, environment); };
  });
}

}  // namespace mere::cli
