#include "version/types.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/hash.h"
#include "tree/typed_hash.h"

namespace mere::version {

CommitId id_of(const Commit& commit) {
  std::vector<std::string> parents;
  for (const CommitId& parent : commit.parents) parents.push_back(parent.str());
  if (commit.version == 0) std::reverse(parents.begin(), parents.end());  // the id covers the stored order
  std::string parents_item;
  tree::append_typed_strings(parents_item, parents);

  std::string items;
  tree::append_typed_string(items, "commit:v1");
  tree::append_typed_string(items, commit.committer);
  tree::append_typed_string(items, commit.message);
  tree::append_typed_string(items, commit.meta_range_id.str());
  tree::append_typed_int(items, commit.creation_date.seconds);
  tree::append_typed_map(items, commit.metadata);
  tree::append_typed_identity(items, sha256(parents_item));
  return CommitId(to_hex(sha256(items)));
}

}  // namespace mere::version
