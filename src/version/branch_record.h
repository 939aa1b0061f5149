// A branch record as it was read, to be swung by compare-and-set.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kv/store.h"
#include "version/types.h"

namespace mere::version {

struct BranchRecord {
  std::string bytes;  // as stored: what a swing is conditional on
  Branch branch;
};

// `not_found` "branch not found".
Result<BranchRecord> read_branch(const kv::Store& state, const Repository& repository,
                                 const BranchName& name);

// Nothing while the branch still refers to each token that it had `before`, else the branch as it is. Tokens
// are erased only after no branch refers to them: what was read from them in between was then whole.
// `not_found` "branch not found".
Result<std::optional<Branch>> branch_if_moved(const kv::Store& state, const Repository& repository,
                                              const Branch& before);

// Whether the branch is still as in `record`. To be asked where nothing was found under its tokens and so
// nothing is written: another server may have folded what was there, and erased it, since the branch was
// read.
Result<bool> is_still(const kv::Store& state, const Repository& repository, const BranchRecord& record);

// The write that makes `next` of `record`, if nobody did anything to the branch since it was read.
kv::Write swing(const Repository& repository, const BranchRecord& record, const Branch& next);

bool refers_to(const Branch& branch, const StagingToken& token);

}  // namespace mere::version
