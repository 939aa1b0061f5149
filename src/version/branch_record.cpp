#include "version/branch_record.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "version/keys.h"
#include "version/names.h"
#include "version/records.h"

namespace mere::version {
namespace {

// The record as it is stored.
Result<std::string> read_bytes(const kv::Store& state, const Repository& repository, const BranchName& name) {
  const Error absent{Code::not_found, "branch not found"};
  if (name.str().size() > kMaxNameBytes) return absent;  // no key is that long
  ASSIGN_OR_RETURN(std::optional<std::string> bytes, state.get(keys::branch(repository, name)));
  if (!bytes) return absent;
  return *std::move(bytes);
}

}  // namespace

Result<BranchRecord> read_branch(const kv::Store& state, const Repository& repository,
                                 const BranchName& name) {
  ASSIGN_OR_RETURN(std::string bytes, read_bytes(state, repository, name));
  ASSIGN_OR_RETURN(Branch branch, decode_branch(bytes));
  return BranchRecord{std::move(bytes), std::move(branch)};
}

Result<std::optional<Branch>> branch_if_moved(const kv::Store& state, const Repository& repository,
                                              const Branch& before) {
  ASSIGN_OR_RETURN(const std::string now, read_bytes(state, repository, before.name));
  const auto is_kept = [&](const StagingToken& token) { return branch_refers_to(now, token); };
  if (is_kept(before.staging_token) && std::ranges::all_of(before.sealed_tokens, is_kept))
    return std::optional<Branch>();
  ASSIGN_OR_RETURN(Branch branch, decode_branch(now));
  return std::optional(std::move(branch));
}

Result<bool> is_still(const kv::Store& state, const Repository& repository, const BranchRecord& record) {
  ASSIGN_OR_RETURN(const std::string now, read_bytes(state, repository, record.branch.name));
  return now == record.bytes;
}

kv::Write swing(const Repository& repository, const BranchRecord& record, const Branch& next) {
  return kv::Write::put(keys::branch(repository, record.branch.name), encode_branch(next),
                        kv::Condition::equals(record.bytes));
}

bool refers_to(const Branch& branch, const StagingToken& token) {
  return branch.staging_token == token || std::find(branch.sealed_tokens.begin(), branch.sealed_tokens.end(),
                                                    token) != branch.sealed_tokens.end();
}

}  // namespace mere::version
