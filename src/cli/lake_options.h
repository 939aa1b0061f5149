// Flags that name a lake and how it is opened: shared by the commands that open one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "serve/config.h"

namespace mere::cli {

struct LakeOptions {
  std::optional<std::string> data_dir;
  std::optional<std::string> config_file;
  std::vector<std::string> settings;  // "key=value"
};

void add_lake_flags(CLI::App& command, LakeOptions& options);

// What a command's standard output is for: a server logs there, elsewhere records would stand among results
// and go to standard error.
enum class StandardOutput { results, logs };

// Defaults, file, environment, then the flags; configures logging.
Result<serve::Config> configure(const LakeOptions& options, Environment& environment,
                                StandardOutput use = StandardOutput::results);

// Prints "mere: <message>" and answers 1.
int fail(Environment& environment, const Error& error);

}  // namespace mere::cli
