// Writes to a branch's uncommitted changes. A write reads the branch and writes under its staging token, in
// one batch with the check that the branch is as it was read: so it happens once, before whatever seals the
// token. Else it is repeated. No write waits for a commit, and none is lost to one
// (docs/design/0003-branch-updates.md).
#include <algorithm>
#include <utility>

#include "version/backoff.h"
#include "version/branch_record.h"
#include "version/entries.h"
#include "version/keys.h"
#include "version/names.h"
#include "version/protection.h"
#include "version/records.h"

namespace mere::version {
namespace {

constexpr std::size_t kMaxPaths = 1000;
constexpr std::size_t kMaxStagedBytes = 8u << 20;  // half of what kv::Store takes

Status check_path_argument(std::string_view path) {
  if (auto status = check_path(path); !status)
    return with_context("argument path", std::move(status).error());
  return {};
}

Error path_exists() {
  return {Code::precondition_failed, "path already exists"};
}
Error precondition_failed() {
  return {Code::precondition_failed, "Precondition failed"};
}

std::string tombstone() {
  return encode_staged({}, {});
}

// The branch that is to be written to; the message of its absence differs from other operations'.
Result<BranchRecord> read_destination(const kv::Store& state, const Repository& repository,
                                      const BranchName& name) {
  auto record = read_branch(state, repository, name);
  if (record || record.error().code != Code::not_found) return record;
  return Error{Code::not_found, "branch '" + name.str() + "' not found"};
}

}  // namespace

Status Entries::check_write(const Repository& repository, const BranchName& branch, bool force) const {
  RETURN_IF_ERROR(check_writable(repository, force));
  ASSIGN_OR_RETURN(const bool blocked,
                   is_protected(repositories_, repository, branch, ProtectedAction::staging_write));
  if (blocked) return Error{Code::permission_denied, "cannot write to protected branch"};
  return {};
}

Status Entries::check_put(const Repository& repository, const BranchName& branch, std::string_view path,
                          const WriteOptions& options) const {
  RETURN_IF_ERROR(check_path_argument(path));
  RETURN_IF_ERROR(check_write(repository, branch, options.force));
  ASSIGN_OR_RETURN(const BranchRecord record, read_destination(state_, repository, branch));
  if (!options.if_absent && !options.if_identity) return {};
  const auto judged = judge(repository, record, path, options);
  return judged ? Status() : Status(judged.error());
}

Result<std::string> Entries::to_stage(const Repository& repository, const BranchName& branch,
                                      std::string_view path, const tree::Entry& entry,
                                      const WriteOptions& options) const {
  RETURN_IF_ERROR(check_path_argument(path));
  std::string staged = encode_staged(tree::identity_of(entry), tree::encode_entry(entry));
  if (staged.size() > kMaxStagedBytes) {
    return Error{Code::too_large, "the metadata of '" + std::string(path) + "' is too large: at most 8 MiB"};
  }
  RETURN_IF_ERROR(check_write(repository, branch, options.force));
  return staged;
}

Status Entries::put(const Repository& repository, const BranchName& branch, std::string_view path,
                    const tree::Entry& entry, const WriteOptions& options) {
  ASSIGN_OR_RETURN(const std::string staged, to_stage(repository, branch, path, entry, options));
  return stage(repository, branch, path, staged, options);
}

void Entries::put_later(const Repository& repository, const BranchName& branch, std::string_view path,
                        const tree::Entry& entry, const WriteOptions& options,
                        std::function<void(Result<StagingToken>)> told) {
  const auto staged = to_stage(repository, branch, path, entry, options);
  if (!staged) return told(staged.error());
  auto write = staging_write(repository, branch, path, *staged, options);
  if (!write) return told(std::move(write).error());
  state_.write_later(std::move(write->writes), kv::Durability::synced,
                     [token = std::move(write->token), told = std::move(told)](Status written) {
                       if (written) return told(token);
                       told(std::move(written).error());
                     });
}

void Entries::was_put(const Repository& repository, const BranchName& branch, const StagingToken& token) {
  staging_.counts().wrote(repository, branch, token, 1);
}

Result<Entries::StagingWrite> Entries::staging_write(const Repository& repository, const BranchName& branch,
                                                     std::string_view path, const std::string& staged,
                                                     const WriteOptions& options) const {
  ASSIGN_OR_RETURN(BranchRecord record, read_destination(state_, repository, branch));
  kv::Condition own;
  if (options.if_absent || options.if_identity) {
    ASSIGN_OR_RETURN(own, judge(repository, record, path, options));
  }
  StagingWrite write{record.branch.staging_token, {}};
  write.writes.push_back(kv::Write::put(keys::staged(write.token, path), staged, std::move(own)));
  write.writes.push_back(
      kv::Write::check(keys::branch(repository, branch), kv::Condition::equals(std::move(record.bytes))));
  return write;
}

Status Entries::stage(const Repository& repository, const BranchName& branch, std::string_view path,
                      const std::string& staged, const WriteOptions& options) {
  Backoff backoff(random_);
  do {
    ASSIGN_OR_RETURN(const StagingWrite write, staging_write(repository, branch, path, staged, options));
    const Status written = state_.write(write.writes);
    if (written) {
      was_put(repository, branch, write.token);
      return {};
    }
    if (written.error().code != Code::conflict) return written.error();
  } while (backoff.wait());
  return too_many_attempts();
}

Result<kv::Condition> Entries::judge(const Repository& repository, const BranchRecord& record,
                                     std::string_view path, const WriteOptions& options) const {
  ASSIGN_OR_RETURN(const std::optional<std::string> own,
                   state_.get(keys::staged(record.branch.staging_token, path)));
  std::optional<std::string> identity;
  if (own) {
    ASSIGN_OR_RETURN(const Staged value, decode_staged(*own));
    if (!value.identity.empty()) identity = value.identity;
  } else {
    const auto found =
        version::find(sources(), repository, {record.branch.commit_id, record.branch, false}, path);
    if (!found && found.error().code != Code::not_found) return found.error();
    if (found) identity = found->identity;
  }
  if (options.if_absent && identity) return path_exists();
  if (options.if_identity && identity != *options.if_identity) return precondition_failed();
  return kv::Condition::unchanged(own);
}

Status Entries::remove(const Repository& repository, const BranchName& branch, std::string_view path,
                       const WriteOptions& options) {
  RETURN_IF_ERROR(check_path_argument(path));
  RETURN_IF_ERROR(check_write(repository, branch, options.force));
  if (options.if_identity)
    return stage(repository, branch, path, tombstone(), {.if_identity = options.if_identity});
  return remove_paths(repository, branch, {path});
}

Result<std::vector<PathError>> Entries::remove(const Repository& repository, const BranchName& branch,
                                               const std::vector<std::string>& paths,
                                               const WriteOptions& options) {
  if (paths.size() > kMaxPaths) {
    return Error{Code::invalid_argument, "request size exceeded, max paths is set to 1000"};
  }
  std::vector<PathError> errors;
  const Status allowed = check_write(repository, branch, options.force);
  if (!allowed && allowed.error().code != Code::permission_denied) return allowed.error();
  if (!allowed) {
    for (const std::string& path : paths) errors.push_back({path, allowed.error()});
    return errors;
  }

  std::vector<std::string_view> valid;
  for (const std::string& path : paths) {
    if (path.empty()) continue;  // names nothing
    if (auto status = check_path_argument(path); !status) {
      errors.push_back({path, std::move(status).error()});
    } else {
      valid.push_back(path);
    }
  }
  std::sort(valid.begin(), valid.end());
  valid.erase(std::unique(valid.begin(), valid.end()), valid.end());
  RETURN_IF_ERROR(remove_paths(repository, branch, std::move(valid)));
  return errors;
}

// `paths` sorted, each once. A tombstone is written where there may be something to hide: the path is in
// the base tree, or any token has a record of it, tombstones included.
Status Entries::remove_paths(const Repository& repository, const BranchName& name,
                             std::vector<std::string_view> paths) {
  Backoff backoff(random_);
  do {
    ASSIGN_OR_RETURN(const BranchRecord record, read_branch(state_, repository, name));
    const std::vector<StagingToken> tokens = tokens_of(record.branch);
    ASSIGN_OR_RETURN(const MetaRangeId base, base_of(commits_, repository, record.branch));
    std::unique_ptr<tree::Cursor> committed;
    const auto is_in_base = [&](std::string_view path) -> Result<bool> {
      if (paths.size() == 1) {
        const auto found = trees_.find(repository.storage_namespace, base, path);
        if (!found && found.error().code != Code::not_found) return found.error();
        return found.has_value();
      }
      if (!committed) committed = trees_.scan(repository.storage_namespace, base);
      committed->seek(path);
      RETURN_IF_ERROR(committed->status());
      return committed->valid() && committed->record().key == path;
    };

    std::vector<kv::Write> writes;
    for (const std::string_view path : paths) {
      ASSIGN_OR_RETURN(const auto staged, staging_.find(tokens, path));
      bool is_needed = staged.has_value();
      if (!is_needed) {
        ASSIGN_OR_RETURN(is_needed, is_in_base(path));
      }
      if (!is_needed) continue;
      writes.push_back(kv::Write::put(keys::staged(record.branch.staging_token, path), tombstone()));
    }
    if (writes.empty()) {
      ASSIGN_OR_RETURN(const bool is_whole, is_still(state_, repository, record));
      if (is_whole) return {};
      continue;
    }
    const std::size_t tombstones = writes.size();
    writes.push_back(kv::Write::check(keys::branch(repository, name), kv::Condition::equals(record.bytes)));
    const Status written = state_.write(writes);
    if (written) {
      staging_.counts().wrote(repository, name, record.branch.staging_token, tombstones);
      return {};
    }
    if (written.error().code != Code::conflict) return written.error();
  } while (backoff.wait());
  return too_many_attempts();
}

}  // namespace mere::version
