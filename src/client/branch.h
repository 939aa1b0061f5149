// A branch: where objects are written, changes committed, merged and taken back.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/import.h"
#include "client/reference.h"

namespace mere::client {

struct CommitOptions {
  std::map<std::string, std::string> metadata{};
  bool allow_empty = false;
  bool force = false;
};

struct TransactionOptions {
  std::string message{};
  std::map<std::string, std::string> metadata{};
  std::string tag{};         // made at the merge commit; "": none
  bool keep_failed = false;  // leave the hidden branch of a transaction that failed, to look at it
};

class Branch : public Reference {
 public:
  using Reference::Reference;

  // Errors: already_exists.
  Status create(const Reference& source, bool hidden = false) const;
  Status remove() const;             // Errors: also permission_denied: protected, or the default branch
  Result<std::string> head() const;  // the commit's id

  // What is uncommitted becomes a commit; its id. Errors: invalid_argument (nothing is), permission_denied
  // (a protected branch), precondition_failed (a hook refused).
  Result<std::string> commit(std::string message, const CommitOptions& options = {}) const;
  Listing<api::Diff> uncommitted(std::string prefix = "") const;
  // Takes back what is uncommitted: all, of one object, or below a prefix.
  Status reset() const;
  Status reset_object(std::string path) const;
  Status reset_prefix(std::string prefix) const;
  // A commit that undoes `commit`. `parent`, from 1: against which parent of a merge commit.
  Status revert(const Reference& commit, int parent = 0) const;
  // A commit that repeats what `commit` changed; its id.
  Result<std::string> cherry_pick(const Reference& commit, std::optional<int> parent = std::nullopt) const;
  // In requests of a thousand; those that are not there are no error. Stops at the first that fails.
  Status remove_objects(const std::vector<std::string>& paths) const;
  // An import into this branch, which is then given its sources and run.
  Import import_objects(std::string message = "") const {
    return Import(api_, repository_, id_, std::move(message));
  }

  // All or nothing: what `work` does with the branch it is handed is one commit, merged into this branch at
  // the end; the merge commit's id. It happens on a hidden branch, which is removed afterwards; if `work`
  // answers an error (or throws), nothing is merged. The branch is not locked meanwhile: `conflict` if both
  // changed the same object; `invalid_argument` if nothing was changed.
  Result<std::string> transact(const TransactionOptions& options,
                               const std::function<Status(const Branch& work)>& work) const;

 private:
  Status reset_to(api::ResetCreationType type, std::optional<std::string> path) const;
};

}  // namespace mere::client
