// The addresses that uncommitted changes refer to, branch by branch, in portions.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "lake/parquet_writer.h"
#include "version/engine.h"

namespace mere::lake {

struct UncommittedLimits {
  std::size_t bytes = 20u << 20;
  std::chrono::seconds time{60};
};

// Where to go on: the first path not yet looked at.
struct UncommittedPosition {
  std::string branch;
  std::string path;
};

class UncommittedWalk {
 public:
  UncommittedWalk(version::Engine& engine, block::Store& store, tree::Trees& trees, const Clock& clock);

  // Adds to `table` from `from` on (nullopt: the first branch) until a limit is reached; answers where to go
  // on, or nullopt at the end. At least one path is added or the end is reached.
  Result<std::optional<UncommittedPosition>> collect(const version::Repository& repository,
                                                     const std::optional<UncommittedPosition>& from,
                                                     const UncommittedLimits& limits,
                                                     AddressTable& table) const;

 private:
  Result<std::optional<std::string>> collect_branch(const version::Repository& repository,
                                                    const version::Branch& branch, std::string_view from,
                                                    const std::function<bool()>& full,
                                                    AddressTable& table) const;
  Status add(const version::Repository& repository, std::string_view data, AddressTable& table) const;

  version::Engine& engine_;
  block::Store& store_;
  tree::Trees& trees_;
  const Clock& clock_;
};

}  // namespace mere::lake
