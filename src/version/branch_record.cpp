#include "version/branch_record.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "version/keys.h"
#include "version/records.h"

namespace mere::version {

Result<BranchRecord> read_branch(const kv::Store& state, const Repository& repository,
                                 const BranchName& name) {
  ASSIGN_OR_RETURN(std::optional<std::string> bytes, state.get(keys::branch(repository, name)));
  if (!bytes) return Error{Code::not_found, "branch not found"};
  ASSIGN_OR_RETURN(Branch branch, decode_branch(*bytes));
  return BranchRecord{*std::move(bytes), std::move(branch)};
}

Result<bool> is_still(const kv::Store& state, const Repository& repository, const BranchRecord& record) {
  ASSIGN_OR_RETURN(const BranchRecord now, read_branch(state, repository, record.branch.name));
  return now.bytes == record.bytes;
}

kv::Write swing(const Repository& repository, const BranchRecord& record, const Branch& next) {
  return kv::Write::put(keys::branch(repository, record.branch.name), encode_branch(next),
                        kv::Condition::equals(record.bytes));
}

bool refers_to(const Branch& branch, const StagingToken& token) {
  return branch.staging_token == token || std::find(branch.sealed_tokens.begin(), branch.sealed_tokens.end(),
                                                    token) != branch.sealed_tokens.end();
}

bool still_refers(const Branch& now, const Branch& before) {
  if (!refers_to(now, before.staging_token)) return false;
  return std::all_of(before.sealed_tokens.begin(), before.sealed_tokens.end(),
                     [&](const StagingToken& token) { return refers_to(now, token); });
}

}  // namespace mere::version
