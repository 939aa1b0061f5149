// The history of some paths without a look at every commit: docs/design/0008-history-of-a-path.md.
//
// Each commit has a filter of the paths that it may have changed, written with it; every 512 commits of a
// line of commits with one parent, their filters are gathered in one record, a segment. A walk that is alone
// on such a line reads the segments and stops where a filter says "maybe". Both are made when they are first
// asked for where they are missing: for commits that came from elsewhere.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kv/store.h"
#include "tree/trees.h"
#include "version/change_filter.h"
#include "version/commits.h"
#include "version/types.h"

namespace mere::version {

// Any thread may call any method.
class History {
 public:
  // All outlive it. `segment`: commits in one, and generations from where one begins to the next.
  History(kv::Store& state, tree::Trees& trees, const Commits& commits, std::int32_t segment = 512)
      : state_(state), trees_(trees), commits_(commits), segment_(segment) {}

  // The write that keeps a commit's filter (ChangeFilterBuilder), to go with the commit's own.
  static kv::Write put(const Repository& repository, const CommitId& commit, std::string filter);

  // Leads a log past commits that touch none of the paths. Used while `this` stands, by one thread.
  std::unique_ptr<LogSkipper> skipper(const Repository& repository, const std::vector<std::string>& objects,
                                      const std::vector<std::string>& prefixes);

 private:
  class PathSkipper;
  // What PathSkipper stands on. A filter of "" matches all.
  Result<std::string> filter_of(const Repository& repository, const Commit& commit);
  Result<std::string> make_filter(const Repository& repository, const Commit& commit);
  Result<std::string> make_segment(const Repository& repository, const Commit& first);
  void keep(const Repository& repository, std::string key, std::string value);

  kv::Store& state_;
  tree::Trees& trees_;
  const Commits& commits_;
  const std::int32_t segment_;
};

}  // namespace mere::version
