#include "version/keys.h"

namespace mere::version::keys {
namespace {

std::string join(std::string_view a, std::string_view b, std::string_view c = {}) {
  std::string key;
  key.reserve(a.size() + b.size() + c.size());
  key.append(a).append(b).append(c);
  return key;
}

std::string in(const Repository& repository, std::string_view kind, std::string_view rest) {
  return of_repository(repository, kind).append(rest);
}

}  // namespace

std::string repository(const RepositoryName& name) {
  return join(kRepositories, name.str());
}

std::string all_of_repository(const Repository& repository) {
  return join("r/", repository.instance_uid, "/");
}

std::string of_repository(const Repository& repository, std::string_view kind) {
  return all_of_repository(repository).append(kind).append("/");
}

std::string branch(const Repository& repository, const BranchName& name) {
  return in(repository, kBranches, name.str());
}

std::string commit(const Repository& repository, std::string_view id) {
  return in(repository, kCommits, id);
}

std::string tag(const Repository& repository, const TagName& name) {
  return in(repository, kTags, name.str());
}

std::string setting(const Repository& repository, std::string_view name) {
  return in(repository, "settings", name);
}

std::string metadata(const Repository& repository) {
  return all_of_repository(repository).append("metadata");
}

std::string changes(const Repository& repository, const CommitId& commit) {
  return in(repository, "changes", commit.str());
}

std::string history_segment(const Repository& repository, const CommitId& commit) {
  return in(repository, "history", commit.str());
}

std::string staged_prefix(const StagingToken& token) {
  return join("s/", token.str(), "/");
}

std::string staged(const StagingToken& token, std::string_view path) {
  return staged_prefix(token).append(path);
}

std::string making(std::string_view instance_uid) {
  return "making/" + std::string(instance_uid);
}

std::string dropped(const StagingToken& token) {
  return join(kDropped, token.str());
}

}  // namespace mere::version::keys
