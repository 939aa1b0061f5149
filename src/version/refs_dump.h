// All branches, tags and commits of a repository as three trees in its namespace, and back: how a
// repository moves between installations (storage format, section 7).
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "tree/trees.h"
#include "version/refs.h"

namespace mere::version {

class Staging;

struct RefsManifest {
  MetaRangeId commits;
  MetaRangeId tags;
  MetaRangeId branches;
};

class RefsDump {
 public:
  RefsDump(kv::Store& state, tree::Trees& trees, const Refs& refs, Staging& staging, Random& random);

  Result<RefsManifest> dump(const Repository& repository);
  // Into a bare repository only: else `invalid_argument` "can only restore into a bare repository".
  // Every commit id is recomputed and every referenced tree must exist. `gone` for an unknown manifest id.
  // Resumable: repeating it after a crash ends in the same state. `progress` gets counts of records.
  Status restore(const Repository& repository, const RefsManifest& manifest,
                 const std::function<void(std::int64_t)>& progress = {});

 private:
  kv::Store& state_;
  tree::Trees& trees_;
  const Refs& refs_;
  Staging& staging_;
  Random& random_;
};

}  // namespace mere::version
