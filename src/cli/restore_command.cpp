#include <CLI/CLI.hpp>
#include <fstream>
#include <ostream>
#include <sstream>

#include "cli/command.h"
#include "cli/lake_options.h"
#include "lake/refs_manifest.h"
#include "serve/program.h"

namespace mere::cli {
namespace {

struct RestoreOptions {
  LakeOptions lake;
  std::string repository;
  std::string storage_namespace;
  std::string storage_id;
  std::string default_branch = "main";
  std::optional<std::string> manifest_file;
};

// A terminal gets a line that counts, anything else the result only.
class Progress {
 public:
  explicit Progress(const Streams& streams) : streams_(streams) {}
  void show(std::int64_t records) {
    if (streams_.err_is_terminal) streams_.err << "\r" << records << " records" << std::flush;
    shown_ = true;
  }
  ~Progress() {
    if (shown_ && streams_.err_is_terminal) streams_.err << "\n";
  }

 private:
  const Streams& streams_;
  bool shown_ = false;
};

Result<version::RefsManifest> read_manifest(const RestoreOptions& options, lake::Lake& lake) {
  if (!options.manifest_file)
    return lake::read_manifest(lake, {options.storage_namespace, options.storage_id});
  std::ifstream file(*options.manifest_file, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return Error{Code::not_found, "cannot read the manifest " + *options.manifest_file};
  return lake::parse_manifest(text.str());
}

Status restore_refs(const RestoreOptions& options, lake::Lake& lake, const version::Repository& repository,
                    const version::RefsManifest& manifest, const Streams& streams) {
  {
    Progress progress(streams);
    auto restored = lake.engine.dumps.restore(repository, manifest,
                                              [&](std::int64_t records) { progress.show(records); });
    if (!restored && restored.error().code == Code::gone) {
      return with_context("a table of the dumped references is missing from " + options.storage_namespace,
                          restored.error());
    }
    if (!restored) return restored;
  }
  if (!lake.engine.refs.branch(repository, repository.default_branch)) {
    return Error{Code::not_found, "there is no branch '" + options.default_branch +
                                      "' in it; name its default branch with --default-branch"};
  }
  return {};
}

Status restore(const RestoreOptions& options, lake::Lake& lake, const Streams& streams) {
  ASSIGN_OR_RETURN(const version::RefsManifest manifest, read_manifest(options, lake));
  version::NewRepository wanted;
  wanted.name = version::RepositoryName(options.repository);
  wanted.storage_namespace = {options.storage_namespace, options.storage_id};
  wanted.default_branch = version::BranchName(options.default_branch);
  wanted.bare = true;
  ASSIGN_OR_RETURN(const version::Repository repository, lake.engine.repositories.create(wanted));
  Status restored = restore_refs(options, lake, repository, manifest, streams);
  if (restored) return {};
  // Only records are removed: what lies in the namespace stays, and the restore can be tried again.
  if (const Status removed = lake.engine.repositories.remove(repository.name, true); !removed) {
    return with_context("the unfinished repository cannot be removed: " + removed.error().message,
                        restored.error());
  }
  return restored;
}

int run(const RestoreOptions& options, Environment& environment) {
  auto config = configure(options.lake, environment);
  if (!config) return fail(environment, config.error());
  auto program = serve::Program::open(*config);
  if (!program) return fail(environment, program.error());
  if (auto status = restore(options, (*program)->lake(), environment.streams); !status) {
    return fail(environment, with_context("restoring " + options.repository, status.error()));
  }
  environment.streams.out << "restored " << options.repository << " from " << options.storage_namespace
                          << "\n";
  return 0;
}

}  // namespace

void add_restore(CLI::App& app, Environment& environment, Run& chosen) {
  auto options = std::make_shared<RestoreOptions>();
  CLI::App* command = app.add_subcommand(
      "restore", "Open an existing storage namespace: its branches, tags and commits become a repository");
  add_lake_flags(*command, options->lake);
  command->add_option("repository", options->repository, "Name of the new repository")->required();
  command->add_option("namespace", options->storage_namespace, "Storage namespace, such as local://my-repo")
      ->required();
  command->add_option("--default-branch", options->default_branch, "Its default branch")
      ->capture_default_str();
  command->add_option("--storage-id", options->storage_id,
                      "The store that the namespace is in, where there are several (blockstores.stores)");
  command->add_option("--manifest", options->manifest_file,
                      "Refs manifest (else _lakefs/refs_manifest.json in the namespace)");
  command->footer(
      "Nothing in the namespace is copied or changed. The server must not be running; with one, use\n"
      "`lakectl refs-restore` or PUT /repositories/{repository}/refs/restore.\n\n"
      "Example:\n  mere restore --data ./lake golden local://golden-repo");
  command->callback([options, &environment, &chosen] {
    chosen = [options, &environment] { return run(*options, environment); };
  });
}

}  // namespace mere::cli
