// Import: objects that stay where they are become entries of a branch (behaviour, section 12).
#pragma once

#include <string>
#include <vector>

#include "block/store.h"
#include "lake/tasks.h"
#include "version/engine.h"

namespace mere::lake {

struct ImportLocation {
  enum class Type { common_prefix, object };
  Type type = Type::common_prefix;
  std::string path;          // URI of the source
  std::string destination;
};

struct ImportStart {
  std::vector<ImportLocation> locations;
  version::CommitRequest commit;
};

struct ImportState {
  bool completed = false;
  std::int64_t ingested_objects = 0;
  Timestamp update_time;
  std::string metarange_id;                // when completed
  std::optional<version::Commit> commit;   // when completed
  std::optional<Error> error;              // completed stays false
};

class Imports {
 public:
  Imports(version::Engine& engine, block::Store& store, tree::Trees& trees, Tasks& tasks, const Clock& clock);

  // Checks the branch and that the store can import (`permission_denied` "import is not supported for
  // this storage"); then lists, sorts (on disk past a memory bound), builds, merges in the background.
  Result<std::string> start(const version::Repository& repository, const version::BranchName& branch,
                            const ImportStart& import);
  Result<ImportState> state(const version::Repository& repository, std::string_view id) const;
  Status cancel(const version::Repository& repository, std::string_view id);

 private:
  version::Engine& engine_;
  block::Store& store_;
  tree::Trees& trees_;
  Tasks& tasks_;
  const Clock& clock_;
};

}  // namespace mere::lake
