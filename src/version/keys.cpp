#include "version/keys.h"

#include <initializer_list>

namespace mere::version::keys {
namespace {

// Every request makes several of these: one allocation each.
std::string join(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  std::string key;
  key.reserve(size);
  for (const std::string_view part : parts) key.append(part);
  return key;
}

std::string in(const Repository& repository, std::string_view kind, std::string_view rest) {
  return join({"r/", repository.instance_uid, "/", kind, "/", rest});
}

}  // namespace

std::string repository(const RepositoryName& name) {
  return join({kRepositories, name.str()});
}

std::string all_of_repository(const Repository& repository) {
  return join({"r/", repository.instance_uid, "/"});
}

std::string of_repository(const Repository& repository, std::string_view kind) {
  return in(repository, kind, "");
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
  return join({"r/", repository.instance_uid, "/metadata"});
}

std::string changes(const Repository& repository, const CommitId& commit) {
  return in(repository, "changes", commit.str());
}

std::string history_segment(const Repository& repository, const CommitId& commit) {
  return in(repository, "history", commit.str());
}

std::string staged_prefix(const StagingToken& token) {
  return join({"s/", token.str(), "/"});
}

std::string staged(const StagingToken& token, std::string_view path) {
  return join({"s/", token.str(), "/", path});
}

std::string making(std::string_view instance_uid) {
  return join({"making/", instance_uid});
}

std::string dropped(const StagingToken& token) {
  return join({kDropped, token.str()});
}

}  // namespace mere::version::keys
