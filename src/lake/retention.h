// Garbage collection, the part a server has: rules, and what a collector must keep (storage format, section
// 13).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "lake/tasks.h"
#include "version/engine.h"

namespace mere::lake {

struct RetentionRules {
  std::int32_t default_days = 0;
  std::map<std::string, std::int32_t> branch_days;
};

struct PreparedCommits {
  std::string run_id;
  std::string commits_location;  // CSV of the active commits
  std::string addresses_location;
};

struct PreparedUncommitted {
  std::string run_id;
  std::string location;            // "" if there is nothing
  std::string continuation_token;  // "" at the end
};

class Retention {
 public:
  Retention(version::Engine& engine, block::Store& store, tree::Trees& trees, Tasks& tasks,
            const Clock& clock, Random& random, std::string prefix);

  // Rules, which lakeFS reads too, lie in the namespace: `<prefix>/retention/gc/rules/config.json`
  // (protobuf). `not_found` "not found".
  Result<RetentionRules> rules(const version::Repository& repository) const;
  Status set_rules(const version::Repository& repository, const RetentionRules& rules, bool force);
  Status remove_rules(const version::Repository& repository, bool force);

  // Writes the list of commits to keep; tagged ones are always among them. `not_found` "get gc rules: not
  // found".
  Result<PreparedCommits> prepare_commits(const version::Repository& repository);
  Result<std::string> start_prepare_commits(const version::Repository& repository);  // task id, "GCPC…"
  // Where the list of a run lies.
  block::Address commits_address(const version::Repository& repository, std::string_view run_id) const;
  static Result<PreparedCommits> decode_prepared(std::string_view task_result);
  // Writes a Parquet file of the physical addresses that uncommitted changes refer to, hidden ones too; a
  // call ends at 20 MiB or after a minute and answers where to go on. `invalid_argument` "invalid
  // continuation token".
  Result<PreparedUncommitted> prepare_uncommitted(const version::Repository& repository,
                                                  const std::string& continuation_token);

 private:
  version::Engine& engine_;
  block::Store& store_;
  tree::Trees& trees_;
  Tasks& tasks_;
  const Clock& clock_;
  XidGenerator xids_;
  std::string prefix_;
};

}  // namespace mere::lake
