#include "version/commits.h"

#include <algorithm>
#include <string>

#include "version/keys.h"
#include "version/names.h"
#include "version/records.h"

namespace mere::version {
namespace {

Error commit_not_found() {
  return {Code::not_found, "commit not found"};
}

bool is_commit_prefix(std::string_view text) {
  const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return !text.empty() && text.size() < 64 && std::all_of(text.begin(), text.end(), hex);
}

}  // namespace

Commits::Commits(kv::Store& state, std::size_t cached) : state_(state), cache_(cached) {}

Result<std::shared_ptr<const Commit>> Commits::get(const Repository& repository, const CommitId& id) const {
  if (!is_commit_id(id.str())) return commit_not_found();
  const std::string key = keys::commit(repository, id.str());
  if (auto cached = cache_.get(key)) return cached;

  ASSIGN_OR_RETURN(const std::optional<std::string> bytes, state_.get(key));
  if (!bytes) return commit_not_found();
  ASSIGN_OR_RETURN(Commit commit, decode_commit(*bytes));
  if (commit.id != id) return Error{Code::corrupt, "the record of commit " + id.str() + " is another's"};
  auto shared = std::make_shared<const Commit>(std::move(commit));
  cache_.put(key, shared, 1 + bytes->size() / 1024);  // a large one counts as many
  return shared;
}

Result<CommitId> Commits::by_prefix(const Repository& repository, std::string_view prefix) const {
  if (!is_commit_prefix(prefix)) return commit_not_found();
  const std::string folder = keys::of_repository(repository, keys::kCommits);

  const auto cursor = state_.scan(folder + std::string(prefix));
  if (!cursor->valid()) {
    RETURN_IF_ERROR(cursor->status());
    return commit_not_found();
  }
  CommitId found(cursor->key().substr(folder.size()));
  cursor->next();
  if (cursor->valid()) return commit_not_found();  // several: which one is not ours to choose
  RETURN_IF_ERROR(cursor->status());
  return found;
}

kv::Write Commits::put(const Repository& repository, const Commit& commit) {
  return kv::Write::put(keys::commit(repository, commit.id.str()), encode_commit(commit));
}

Status Commits::for_each(const Repository& repository,
                         const std::function<Status(const Commit&)>& visit) const {
  const auto cursor = state_.scan(keys::of_repository(repository, keys::kCommits));
  for (; cursor->valid(); cursor->next()) {
    ASSIGN_OR_RETURN(const Commit commit, decode_commit(cursor->value()));
    RETURN_IF_ERROR(visit(commit));
  }
  return cursor->status();
}

Result<std::vector<CommitId>> Commits::ids_after(const Repository& repository, const std::string& after,
                                                 std::size_t amount) const {
  const std::string folder = keys::of_repository(repository, keys::kCommits);
  const auto cursor = state_.scan(folder);
  if (!after.empty()) cursor->seek(folder + after + '\0');
  std::vector<CommitId> ids;
  for (; cursor->valid() && ids.size() < amount; cursor->next())
    ids.emplace_back(cursor->key().substr(folder.size()));
  RETURN_IF_ERROR(cursor->status());
  return ids;
}

}  // namespace mere::version
