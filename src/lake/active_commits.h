// Which commits a garbage collector must keep (docs/design/0001-storage-format.md, garbage collection):
// a commit is kept until its branch's retention has passed since a newer commit took its place.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "lake/retention.h"
#include "version/types.h"

namespace mere::lake {

// One commit, as far as it matters here.
struct CommitNode {
  std::string id;
  std::string first_parent;  // "" if it has none
  Timestamp creation_date;
};

struct CommitHeads {
  std::map<std::string, std::string> branches;  // name → commit id; hidden ones too
  std::vector<std::string> tagged;              // commit ids
};

// A branch head is active, and so is a tagged commit. Down the first parents of each head (and of each
// commit that is nobody's first parent, with the default retention, as if it had been superseded when it was
// made), a parent is active if its child was made less than the retention before `now`.
std::unordered_set<std::string> active_commits(const std::vector<CommitNode>& commits,
                                               const CommitHeads& heads, const RetentionRules& rules,
                                               Timestamp now);

}  // namespace mere::lake
