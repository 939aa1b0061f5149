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
  std::string path;         // URI of the source; of a folder with or without its last '/'
  std::string destination;  // the path of an object, or the folder that is replaced ("": everything)
};

struct ImportStart {
  // Where two give the same path, the later one wins; none: a mere commit.
  std::vector<ImportLocation> locations;
  version::CommitRequest commit;
};

struct ImportState {
  bool completed = false;
  std::int64_t ingested_objects = 0;
  Timestamp update_time;
  std::string metarange_id;               // when completed
  std::optional<version::Commit> commit;  // when completed
  std::optional<Error> error;             // completed stays false
};

struct ImportOptions {
  std::size_t sort_memory_bytes = 64u << 20;  // past it, records are sorted in temporary files
  std::size_t list_threads = 16;              // of one import: they mostly wait for the store
  std::size_t hash_threads = 4;               // where the store lists no checksum, files are read for it
};

class Imports {
 public:
  Imports(version::Engine& engine, block::Store& store, tree::Trees& trees, Tasks& tasks,
          const ImportOptions& options = {});

  // Checks the branch, that the store can import (`permission_denied` "import is not supported for
  // this storage") and the locations (`invalid_argument`: outside of what the store allows, or inside
  // the repository's own namespace); then lists, sorts, builds and merges in the background, where all
  // else that can fail does ("import error: ..." in the state).
  Result<std::string> start(const version::Repository& repository, const version::BranchName& branch,
                            const ImportStart& import);
  // `not_found` "not found".
  Result<ImportState> state(const version::Repository& repository, std::string_view id) const;
  // It never merges anything. `conflict` "conflict found" if it has.
  Status cancel(const version::Repository& repository, std::string_view id);
  // For Tasks::recover(): the work of an import that was under way. The locations are checked again.
  Result<Tasks::Work> again(std::string_view request);

 private:
  // What can be known before the background.
  Status check(const version::Repository& repository, const ImportStart& import) const;
  Tasks::Work work(const version::Repository& repository, const version::BranchName& branch,
                   const ImportStart& import);

  version::Engine& engine_;
  block::Store& store_;
  tree::Trees& trees_;
  Tasks& tasks_;
  ImportOptions options_;
};

}  // namespace mere::lake
