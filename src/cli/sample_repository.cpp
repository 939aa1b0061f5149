#include "cli/sample_repository.h"

#include "lake/sample_data.h"

namespace mere::cli {
namespace {

// Only the commit that every repository begins with.
Result<bool> has_no_commit_of_its_own(lake::Lake& lake, const version::Repository& repository) {
  ASSIGN_OR_RETURN(const version::Branch head,
                   lake.engine.refs.branch(repository, repository.default_branch));
  ASSIGN_OR_RETURN(const auto commit, lake.engine.commits.get(repository, head.commit_id));
  return commit->parents.empty();
}

}  // namespace

Status add_sample_repository(lake::Lake& lake, const std::string& committer) {
  version::NewRepository wanted;
  wanted.name = version::RepositoryName(kSampleRepository);
  wanted.storage_namespace = {lake.store.capabilities("").scheme + "://" + kSampleRepository};

  auto repository = lake.engine.repositories.get(wanted.name);
  if (repository) {
    // Another's repository of the same name is not ours to fill.
    if (repository->storage_namespace != wanted.storage_namespace || repository->read_only) return {};
    ASSIGN_OR_RETURN(const bool broken_off, has_no_commit_of_its_own(lake, *repository));
    if (!broken_off) return {};
  } else {
    if (repository.error().code != Code::not_found) return std::move(repository).error();
    repository = lake.engine.repositories.create(wanted);
    if (!repository) return std::move(repository).error();
  }
  return lake::add_sample_data(lake, *repository, committer);
}

}  // namespace mere::cli
