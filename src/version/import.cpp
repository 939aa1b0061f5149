// The last step of an import, and commit records that arrive from elsewhere.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "version/backoff.h"
#include "version/names.h"
#include "version/protection.h"
#include "version/updates_impl.h"

namespace mere::version {

Result<Commit> Updates::import(const Repository& repository, const BranchName& branch,
                               const ImportRequest& request) {
  RETURN_IF_ERROR(check_writable(repository, request.commit.force));
  CommitRequest commit = request.commit;
  if (commit.message.empty()) commit.message = "Import objects";
  commit.metadata[std::string(kMergeStrategyKey)] = "source-wins";

  const auto make = [&](const Commit& head) -> Result<Commit> {
    ASSIGN_OR_RETURN(const tree::Built built,
                     impl_->trees.replace(repository.storage_namespace, head.meta_range_id,
                                          request.replaced_prefixes, request.replaced_keys, request.records));
    return impl_->commit_on(head, commit, built.id);
  };
  ASSIGN_OR_RETURN(Commit imported, impl_->put_on_clean_branch(repository, branch, make, {}, request.note));

  // The import has happened: a note that could not be made of it does not undo it.
  const Metadata note = {{".lakefs.last.import.timestamp", std::to_string(imported.creation_date.seconds)}};
  if (const Status noted = impl_->repositories.update_metadata(repository, note, {}); !noted) {
    log::warn("the time of an import could not be noted",
              {{"repository", repository.name.str()}, {"error", noted.error().message}});
  }
  return imported;
}

Status Updates::create_commit_record(const Repository& repository, const Commit& commit, bool force) {
  RETURN_IF_ERROR(check_writable(repository, force));
  const bool has_commits_for_parents =
      std::all_of(commit.parents.begin(), commit.parents.end(),
                  [](const CommitId& parent) { return is_commit_id(parent.str()); });
  if (id_of(commit) != commit.id || !has_commits_for_parents) {
    return Error{Code::invalid_argument, "commit id: invalid value: validation error"};
  }
  RETURN_IF_ERROR(check_metarange_id(commit.meta_range_id));
  Backoff backoff(impl_->random);
  do {
    // The id does not cover every field: a record that is there already stays as it is.
    if (impl_->commits.get(repository, commit.id)) return {};
    kv::Write put = Commits::put(repository, commit);
    put.condition = kv::Condition::absent();
    ASSIGN_OR_RETURN(kv::Write exists, while_it_exists(impl_->state, repository));
    const Status written = impl_->state.write(std::vector{std::move(put), std::move(exists)});
    if (written || written.error().code != Code::conflict) return written ? Status() : written.error();
  } while (backoff.wait());
  return too_many_attempts();
}

}  // namespace mere::version
