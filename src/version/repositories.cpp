#include "version/repositories.h"

#include <utility>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/wire.h"
#include "version/commits.h"
#include "version/keys.h"
#include "version/names.h"
#include "version/namespace_mark.h"
#include "version/page.h"
#include "version/records.h"
#include "version/staging.h"

namespace mere::version {
namespace {

constexpr int kAttempts = 100;  // of a compare-and-set that others keep winning
constexpr std::size_t kBranchesPerWrite = 128;

Error repository_not_found() {
  return {Code::not_found, "repository not found"};
}
Error in_deletion() {
  return {Code::gone, "repository in deletion"};
}
Error not_unique() {
  return {Code::already_exists, "error creating repository: not unique"};
}
Error too_many_attempts() {
  return {Code::too_many_requests, "Too many attempts, try again later"};
}

Commit first_commit(Timestamp now) {
  Commit commit;
  commit.message = "Repository created";
  commit.creation_date = now;
  commit.generation = 1;
  commit.id = id_of(commit);
  return commit;
}

std::string encode_metadata(const Metadata& metadata) {
  std::string out;
  WireWriter(out).string_map(1, metadata);
  return out;
}

Result<Metadata> decode_metadata(std::string_view bytes) {
  Metadata metadata;
  WireReader in(bytes);
  while (in.next()) {
    if (in.field() == 1) in.string_map_entry(metadata);
  }
  if (in.failed()) return Error{Code::corrupt, "stored repository metadata record is damaged"};
  return metadata;
}

Setting setting_of(const std::optional<std::string>& bytes) {
  if (!bytes) return {};
  return {*bytes, to_hex(sha256(*bytes))};
}

// What is not under a branch's control any more is erased in the background.
void drop_tokens(const Branch& branch, std::vector<kv::Write>& writes) {
  for (const StagingToken& token : tokens_of(branch)) writes.push_back(Staging::mark_dropped(token));
}

// Erases the branches of a repository in deletion, and marks their tokens dropped. `conflict` if one moved
// meanwhile.
Status erase_branches_once(kv::Store& state, const Repository& repository) {
  const auto cursor = state.scan(keys::of_repository(repository, keys::kBranches));
  std::vector<kv::Write> writes;
  std::size_t branches = 0;
  for (; cursor->valid(); cursor->next()) {
    const std::string value(cursor->value());
    ASSIGN_OR_RETURN(const Branch branch, decode_branch(value));
    writes.push_back(kv::Write::erase(std::string(cursor->key()), kv::Condition::equals(value)));
    drop_tokens(branch, writes);
    if (++branches % kBranchesPerWrite == 0) {
      RETURN_IF_ERROR(state.write(writes));
      writes.clear();
    }
  }
  RETURN_IF_ERROR(cursor->status());
  if (writes.empty()) return {};
  return state.write(writes);
}

}  // namespace

Repositories::Repositories(kv::Store& state, block::Store& store, Staging& staging, const Clock& clock,
                           Random& random, std::string prefix)
    : state_(state),
      store_(store),
      staging_(staging),
      clock_(clock),
      xids_(clock, random),
      random_(random),
      prefix_(std::move(prefix)) {}

Result<Repository> Repositories::create(const NewRepository& request) {
  RETURN_IF_ERROR(check_repository_name(request.name.str()));
  const std::string key = keys::repository(request.name);
  ASSIGN_OR_RETURN(const std::optional<std::string> existing, state_.get(key));
  if (existing) return not_unique();
  const block::Capabilities& capabilities = store_.capabilities(request.storage_namespace.storage_id);
  if (capabilities.type.empty())
    return Error{Code::invalid_argument, "storage id: invalid value: validation error"};
  RETURN_IF_ERROR(check_namespace(store_, request.storage_namespace));

  Repository repository;
  repository.name = request.name;
  repository.storage_namespace = request.storage_namespace;
  repository.storage_namespace.storage_id =
      capabilities.storage_id;  // it stays, whatever the default becomes
  repository.default_branch = request.default_branch.empty() ? BranchName("main") : request.default_branch;
  if (repository.default_branch.str().size() > kMaxNameBytes) {
    return with_context("default branch", check_branch_name(repository.default_branch.str()).error());
  }
  repository.creation_date = clock_.now();
  repository.read_only = request.read_only;
  repository.instance_uid = xids_.next();

  std::vector<kv::Write> writes{kv::Write::put(key, encode_repository(repository), kv::Condition::absent())};
  if (!request.bare) {
    const Commit commit = first_commit(repository.creation_date);
    Branch branch;
    branch.name = repository.default_branch;
    branch.commit_id = commit.id;
    branch.staging_token = make_staging_token(random_);
    writes.push_back(Commits::put(repository, commit));
    writes.push_back(kv::Write::put(keys::branch(repository, branch.name), encode_branch(branch)));
  }

  if (!request.bare && !request.read_only) {
    ASSIGN_OR_RETURN(kv::Write claim, claim_namespace(state_, store_, repository, prefix_));
    writes.push_back(std::move(claim));
  }
  Status written = state_.write(writes);
  if (written) return repository;
  if (written.error().code != Code::conflict) return std::move(written).error();
  ASSIGN_OR_RETURN(const std::optional<std::string> winner, state_.get(key));
  if (winner) return not_unique();
  return namespace_in_use(repository, repository.storage_namespace, prefix_);
}

Result<Repository> Repositories::get(const RepositoryName& name) const {
  ASSIGN_OR_RETURN(const std::optional<std::string> bytes, state_.get(keys::repository(name)));
  if (!bytes) return repository_not_found();
  ASSIGN_OR_RETURN(Repository repository, decode_repository(*bytes));
  if (repository.in_deletion) return in_deletion();
  return repository;
}

Result<Page<Repository>> Repositories::list(const PageRequest& page, std::string_view search) const {
  return read_page<Repository>(state_, std::string(keys::kRepositories), page, decode_repository,
                               [search](const Repository& repository) {
                                 return !repository.in_deletion &&
                                        repository.name.str().find(search) != std::string::npos;
                               });
}

Status Repositories::remove(const RepositoryName& name, bool force) {
  const std::string key = keys::repository(name);
  ASSIGN_OR_RETURN(const std::optional<std::string> bytes, state_.get(key));
  if (!bytes) return repository_not_found();
  ASSIGN_OR_RETURN(Repository repository, decode_repository(*bytes));
  if (repository.in_deletion) return in_deletion();
  RETURN_IF_ERROR(check_writable(repository, force));

  repository.in_deletion = true;
  const std::string marked = encode_repository(repository);
  if (Status written = kv::put(state_, key, marked, kv::Condition::equals(*bytes)); !written) {
    return written.error().code == Code::conflict ? in_deletion() : std::move(written).error();
  }
  return finish_deletion(key, marked);
}

// The rest of a deletion, from wherever it stopped. The record goes last: it is what is found at start-up.
Status Repositories::finish_deletion(const std::string& key, const std::string& value) {
  ASSIGN_OR_RETURN(const Repository repository, decode_repository(value));
  for (int attempt = 0;; ++attempt) {
    Status erased = erase_branches_once(state_, repository);
    staging_.look_for_dropped();
    if (erased) break;
    if (erased.error().code != Code::conflict) return erased;
    if (attempt == kAttempts) return too_many_attempts();
  }
  RETURN_IF_ERROR(state_.erase_prefix(keys::all_of_repository(repository)));
  const Status erased = kv::erase(state_, key, kv::Condition::equals(value));
  if (!erased && erased.error().code == Code::conflict) return {};  // another server finished it
  return erased ? Status() : Status(erased.error());
}

Status Repositories::resume_deletions() {
  const auto cursor = state_.scan(keys::kRepositories);
  for (; cursor->valid(); cursor->next()) {
    ASSIGN_OR_RETURN(const Repository repository, decode_repository(cursor->value()));
    if (!repository.in_deletion) continue;
    RETURN_IF_ERROR(finish_deletion(std::string(cursor->key()), std::string(cursor->value())));
  }
  return cursor->status();
}

Result<Metadata> Repositories::metadata(const Repository& repository) const {
  ASSIGN_OR_RETURN(const std::optional<std::string> bytes, state_.get(keys::metadata(repository)));
  if (!bytes) return Metadata();
  return decode_metadata(*bytes);
}

Status Repositories::update_metadata(const Repository& repository, const Metadata& set,
                                     const std::vector<std::string>& erase) {
  const std::string key = keys::metadata(repository);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ASSIGN_OR_RETURN(const kv::Write exists, while_it_exists(state_, repository));
    ASSIGN_OR_RETURN(const std::optional<std::string> bytes, state_.get(key));
    Metadata metadata;
    if (bytes) {
      ASSIGN_OR_RETURN(metadata, decode_metadata(*bytes));
    }
    for (const auto& [name, value] : set) metadata.insert_or_assign(name, value);
    for (const std::string& name : erase) metadata.erase(name);

    const kv::Write writes[] = {
        exists, kv::Write::put(key, encode_metadata(metadata), kv::Condition::unchanged(bytes))};
    Status written = state_.write(writes);
    if (written || written.error().code != Code::conflict) return written;
  }
  return too_many_attempts();
}

Result<Setting> Repositories::setting(const Repository& repository, std::string_view name) const {
  ASSIGN_OR_RETURN(const std::optional<std::string> bytes, state_.get(keys::setting(repository, name)));
  return setting_of(bytes);
}

Status Repositories::set_setting(const Repository& repository, std::string_view name,
                                 const std::optional<std::string>& bytes,
                                 const std::optional<std::string>& if_etag) {
  const std::string key = keys::setting(repository, name);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ASSIGN_OR_RETURN(const kv::Write exists, while_it_exists(state_, repository));
    kv::Condition condition = kv::Condition::any();
    if (if_etag) {
      ASSIGN_OR_RETURN(const std::optional<std::string> current, state_.get(key));
      if (setting_of(current).etag != *if_etag)
        return Error{Code::precondition_failed, "Precondition failed"};
      condition = kv::Condition::unchanged(current);
    }
    const kv::Write writes[] = {
        exists, bytes ? kv::Write::put(key, *bytes, condition) : kv::Write::erase(key, condition)};
    Status written = state_.write(writes);
    if (written || written.error().code != Code::conflict) return written;
  }
  return too_many_attempts();
}

StagingToken make_staging_token(Random& random) {
  return StagingToken(random_uuid(random));
}

Status check_writable(const Repository& repository, bool force) {
  if (repository.read_only && !force) return Error{Code::permission_denied, "read-only repository"};
  return {};
}

Result<kv::Write> while_it_exists(const kv::Store& state, const Repository& repository) {
  std::string key = keys::repository(repository.name);
  ASSIGN_OR_RETURN(std::optional<std::string> bytes, state.get(key));
  if (!bytes) return repository_not_found();
  ASSIGN_OR_RETURN(const Repository current, decode_repository(*bytes));
  if (current.instance_uid != repository.instance_uid)
    return repository_not_found();  // its name was given anew
  if (current.in_deletion) return in_deletion();
  return kv::Write::check(std::move(key), kv::Condition::equals(*std::move(bytes)));
}

}  // namespace mere::version
