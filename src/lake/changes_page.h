// The uncommitted changes of a branch, some at a time, for walks that take their time: no cursor is held
// between two pages.
#pragma once

#include <string>
#include <vector>

#include "kv/store.h"
#include "version/staging.h"
#include "version/types.h"

namespace mere::lake {

struct ChangesPage {
  struct Change {
    std::string path;
    std::string identity;
    std::string data;
  };
  std::vector<Change> entries;  // in the order of their paths, without tombstones; about 1 MiB
  std::string last;             // path, of a tombstone too: where the next page goes on
  bool has_more = false;
};

// The changes behind `after` ("": the first). They fit together with `branch`, which becomes what the branch
// is when it has moved: what was a change and is none now is in one of its trees. None for a branch that is
// gone.
Result<ChangesPage> changes_after(const kv::Store& state, const version::Staging& staging,
                                  const version::Repository& repository, version::Branch& branch,
                                  const std::string& after);

}  // namespace mere::lake
