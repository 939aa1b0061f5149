// Branches, tags, and what a reference expression stands for. Any thread may call any method.
#pragma once

#include <optional>
#include <string>

#include "kv/store.h"
#include "version/commits.h"
#include "version/repositories.h"
#include "version/types.h"

namespace mere::version {

class Staging;

// What a reference stands for.
struct Resolved {
  CommitId commit;
  std::optional<Branch> branch;  // set if it names a branch whose uncommitted changes reads include
  bool staging = false;          // written with '$': where a commit is needed, it is refused
};

// The commit, for log and tags: refuses '$' with `invalid_argument` "ref: invalid value: validation error:
// should point to a commit". Others use Refs::resolve_commit().
Result<CommitId> commit_of(const Resolved& resolved);

class Refs {
 public:
  Refs(kv::Store& state, const Commits& commits, const Repositories& repositories, Staging& staging,
       Random& random);

  // A full commit id, a branch, a tag, or a commit id's unique prefix, in this order, then modifiers
  // (ref_expr.h). Text that none of these explains may be a tag's name as a whole ("~ok", "v1@x").
  // Errors with the contract's messages (behaviour, section 5): `not_found` "not found",
  // `invalid_argument` for bad syntax and parents that do not exist.
  Result<Resolved> resolve(const Repository& repository, const RefExpr& ref) const;
  // The commit only; refuses '$' with `invalid_argument` "reference 'main$': reference to staging area with $
  // is not a commit".
  Result<CommitId> resolve_commit(const Repository& repository, const RefExpr& ref) const;

  Result<Branch> branch(const Repository& repository,
                        const BranchName& name) const;  // not_found "branch not found"
  Result<Page<Branch>> branches(const Repository& repository, const PageRequest& page,
                                bool show_hidden) const;
  // At `source`'s commit. Errors: section 6 (`already_exists`, `conflict`, `not_found`, `permission_denied`).
  Result<Branch> create_branch(const Repository& repository, const BranchName& name, const RefExpr& source,
                               bool hidden, bool force);
  Status remove_branch(const Repository& repository, const BranchName& name, bool force);

  Result<Tag> tag(const Repository& repository, const TagName& name) const;  // not_found "tag not found"
  Result<Page<Tag>> tags(const Repository& repository, const PageRequest& page) const;
  Result<Tag> create_tag(const Repository& repository, const TagName& name, const RefExpr& target,
                         bool force);
  Status remove_tag(const Repository& repository, const TagName& name, bool force);

 private:
  kv::Store& state_;
  const Commits& commits_;
  const Repositories& repositories_;
  Staging& staging_;
  Random& random_;
};

}  // namespace mere::version
